import t from 'tap'
import { TokenFailures } from '../../src/net/token-failures.js'

t.test('a few failures of a host are delayed, the others are not', async (t) => {
  const failures = new TokenFailures(1)
  const all = Array.from({ length: 17 }, () => failures.add('192.0.2.1'))
  t.same(
    all.map(({ count }) => count),
    Array.from({ length: 17 }, (_, index) => index + 1),
  )
  t.equal(all.filter(({ delay }) => delay).length, 16)
  t.equal(failures.add('192.0.2.2').count, 1)
  await Promise.all(all.map(({ delay }) => delay))
  const next = failures.add('192.0.2.1')
  t.equal(next.count, 18)
  t.ok(next.delay)
  await next.delay
})

t.test('delays of all hosts together are few, and end early when they are aborted', async (t) => {
  const failures = new TokenFailures(3_600_000)
  const abort = new AbortController()
  const add = (host: number): Promise<void> | undefined => failures.add(String(host), abort.signal).delay
  const delays = Array.from({ length: 1_024 }, (_, host) => add(host))
  t.ok(delays.every((delay) => delay))
  t.equal(add(1_024), undefined)
  abort.abort()
  await Promise.all(delays)
})

t.test('only so many hosts are counted', async (t) => {
  const failures = new TokenFailures(1)
  const abort = AbortSignal.abort()
  for (let host = 0; host <= 10_000; host += 1) await failures.add(String(host), abort).delay
  t.equal(failures.add('10000', abort).count, 2)
  t.equal(failures.add('0', abort).count, 1)
})

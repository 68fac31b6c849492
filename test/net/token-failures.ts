import t from 'tap'
import { TokenFailures } from '../../src/net/token-failures.js'

t.test('a few failures of a host are delayed, the others are not', async (t) => {
  const failures = new TokenFailures(1)
  const waiting = Array.from({ length: 17 }, () => failures.wait('192.0.2.1'))
  t.equal(await waiting[16], false)
  t.ok((await Promise.all(waiting.slice(0, 16))).every(Boolean))
  t.equal(await failures.wait('192.0.2.1'), true)
})

t.test('failures are counted by host', async (t) => {
  const failures = new TokenFailures()
  t.equal(failures.count('192.0.2.1'), 1)
  t.equal(failures.count('192.0.2.1'), 2)
  t.equal(failures.count('192.0.2.2'), 1)
})

t.test('those of all hosts that wait are few, and wait no longer when they are aborted', async (t) => {
  const failures = new TokenFailures(3_600_000)
  // One for each request, as the server has them.
  const aborts = Array.from({ length: 1_024 }, () => new AbortController())
  const waiting = aborts.map(({ signal }, host) => failures.wait(String(host), signal))
  t.equal(await failures.wait('1024', new AbortController().signal), false)
  for (const abort of aborts) abort.abort()
  t.ok((await Promise.all(waiting)).every(Boolean))
})

t.test('only so many hosts are counted', async (t) => {
  const failures = new TokenFailures()
  for (let host = 0; host <= 10_000; host += 1) failures.count(String(host))
  t.equal(failures.count('10000'), 2)
  t.equal(failures.count('0'), 1)
})

import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { until } from '../fixtures/server-queries.js'
import { Chance } from '../fixtures/chance.js'
import { Peer, PeerListener } from '../fixtures/peer.js'
import {
  Arrivals,
  JITTER,
  SlowLink,
  STALL_EVERY_MS,
  STALL_MS,
  type SlowLinkOptions,
} from '../fixtures/slow-link.js'

const DELAY_MS = 50

/** A slow link, a client at its near end, and what that client reaches at its far end. */
async function linked(
  t: Test,
  options: Partial<SlowLinkOptions> = {},
): Promise<{ link: SlowLink; near: Peer; far: Peer }> {
  const listener = await PeerListener.listen()
  const link = await SlowLink.open({
    farPort: listener.port,
    delayMs: DELAY_MS,
    chance: new Chance(1),
    ...options,
  })
  const near = await Peer.connect(link.port)
  const far = await listener.next()
  t.teardown(() => {
    near.destroy()
    link.close()
    listener.close()
  })
  return { link, near, far }
}

t.test('bytes arrive whole, in order, and not before the delay', async (t) => {
  const { near, far } = await linked(t)
  for (const [sender, receiver] of [
    [near, far],
    [far, near],
  ] as const) {
    const sentMs: number[] = []
    const lines = Array.from({ length: 20 }, (_, n) => `${n} ${'x'.repeat(n * 1_000)}\n`)
    for (const line of lines) {
      sentMs.push(performance.now())
      sender.write(line)
      await new Promise(setImmediate)
    }
    for (const [n, line] of lines.entries()) {
      t.equal(await receiver.read(), line)
      t.ok(performance.now() - (sentMs[n] ?? 0) >= DELAY_MS, `line ${n} is not early`)
    }
  }
})

t.test('a half-close arrives after the bytes before it, and the other direction goes on', async (t) => {
  const { near, far } = await linked(t)
  const endedMs = performance.now()
  near.write('last words')
  near.end()
  t.equal(await far.closed, 'last words')
  t.ok(performance.now() - endedMs >= DELAY_MS, 'it is not early')
  far.write('answer\n')
  t.equal(await near.read(), 'answer\n')
  far.end()
  t.equal(await near.closed, '')
})

t.test('a reset arrives as a reset, after the delay', async (t) => {
  const { near, far } = await linked(t)
  const error = new Promise<NodeJS.ErrnoException>((resolve) => far.socket.once('error', resolve))
  const resetMs = performance.now()
  near.socket.resetAndDestroy()
  t.equal((await error).code, 'ECONNRESET')
  t.ok(performance.now() - resetMs >= DELAY_MS, 'it is not early')
})

t.test('a connection to a port where nobody listens is accepted, and reset after the delay', async (t) => {
  const listener = await PeerListener.listen()
  const farPort = listener.port
  listener.close()
  const link = await SlowLink.open({ farPort, delayMs: DELAY_MS, chance: new Chance(1) })
  t.teardown(() => {
    link.close()
  })
  const socket = connect({ port: link.port, host: '127.0.0.1' })
  const startMs = performance.now()
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve))
  t.equal(error.code, 'ECONNRESET')
  t.ok(performance.now() - startMs >= DELAY_MS, 'it is not early')
})

t.test('a receiver that does not read stops the sender, and gets everything when it reads', async (t) => {
  const maxUndeliveredBytes = 1_000_000
  const chunkBytes = 65_536
  const { link, near, far } = await linked(t, { maxUndeliveredBytes })
  far.socket.pause()
  const sent = 'x'.repeat(20_000_000)
  near.write(sent)
  near.end()
  const held = await until(
    60_000,
    () => Promise.resolve(link.undeliveredBytes),
    (bytes) => bytes > maxUndeliveredBytes,
    (bytes) => `${bytes} bytes are undelivered`,
  )
  t.ok(held <= maxUndeliveredBytes + chunkBytes, 'the queue is bounded')
  far.socket.resume()
  t.equal((await far.closed).length, sent.length)
  t.equal(link.undeliveredBytes, 0)
})

t.test('closing the link breaks its connections', async (t) => {
  const { link, near, far } = await linked(t)
  near.write('lost')
  link.close()
  t.equal(await near.closed, '')
  t.equal(await far.closed, '')
})

t.test('arrival times', async (t) => {
  await t.test('each chunk has the delay and at most the jitter, however many are sent', async (t) => {
    const arrivals = new Arrivals(100, new Chance(1), 0)
    let [latestMs, leastMs, mostMs] = [0, Infinity, 0]
    for (let nowMs = 0; nowMs < 60_000; nowMs += 7) {
      const arrivalMs = arrivals.next(nowMs, false)
      if (arrivalMs < latestMs) t.fail('a chunk has overtaken another')
      latestMs = arrivalMs
      leastMs = Math.min(leastMs, arrivalMs - nowMs)
      mostMs = Math.max(mostMs, arrivalMs - nowMs)
    }
    t.ok(leastMs >= 100 && leastMs < 102, `the shortest is ${leastMs}`)
    t.ok(mostMs <= 100 * (1 + JITTER) && mostMs > 118, `the longest is ${mostMs}`)
  })

  await t.test('stalls hold everything, last as long and come as often as documented', async (t) => {
    const hours = 10
    const arrivals = new Arrivals(0, new Chance(1), 0)
    let stalls = 0
    for (let nowMs = 0; nowMs < hours * 3_600_000;) {
      const arrivalMs = arrivals.next(nowMs, true)
      if (arrivalMs > nowMs) stalls += 1
      if (arrivalMs - nowMs > STALL_MS) t.fail(`a chunk was held for ${arrivalMs - nowMs} ms`)
      nowMs = arrivalMs + 1
    }
    const expected = (hours * 3_600_000) / STALL_EVERY_MS
    t.ok(Math.abs(stalls - expected) < 0.1 * expected, `${stalls} stalls, about ${expected} expected`)
  })

  await t.test('the same seed gives the same times', async (t) => {
    const times = (): number[] => {
      const arrivals = new Arrivals(100, new Chance(7), 0)
      return Array.from({ length: 100 }, (_, n) => arrivals.next(500 * n, true))
    }
    t.same(times(), times())
  })
})

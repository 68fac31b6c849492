import t from 'tap'
import { BYTES_PER_FLUSH, LINES_PER_TURN, TURNS_OF_A_LINK } from '../../src/net/limits.js'
import { answer, linkedEnd, linkEnd } from '../fixtures/link-end.js'
import { withLineEnds } from '../fixtures/connection-end.js'

t.test('the end of each turn is reported, so that reports received in it can be passed on', async (t) => {
  const { end, peer } = await linkedEnd(t)
  const [before, prefetched] = [end.turns, end.prefetched]
  peer.write('AT first\nAT second\n')
  t.equal(await end.next(), 'received AT first')
  t.equal(await end.next(), 'received AT second')
  t.equal(end.turns, before + 1)
  t.equal(end.prefetched, prefetched + 2, 'after they were prefetched')
})

t.test('lines that have arrived are processed, and their turn ended, before the link is down', async (t) => {
  const { end, peer } = await linkedEnd(t)
  // When the link closes, more lines are unread than it reads in one turn.
  const lines = Array.from({ length: 2 * TURNS_OF_A_LINK * LINES_PER_TURN + 36 }, (_, n) => `AT ${n}`)
  peer.write(withLineEnds(lines))
  t.equal(await end.next(), 'received AT 0')
  const before = end.turns
  end.link.destroy()
  for (const line of lines.slice(1)) t.equal(await end.next(), `received ${line}`)
  t.match(await end.next(), /^down/)
  t.equal(end.turns, before + 1)
})

t.test('reports that a neighbour does not read stay pending, and are sent when it reads', async (t) => {
  const { end, peer } = await linkedEnd(t)
  peer.socket.pause()
  // More than the socket buffers of both sides hold.
  const lines = Array.from({ length: 2_000 }, (_, n) => `AT ${n} ${'x'.repeat(8_192)}`)
  end.toSend.push(...lines)
  end.link.flush()
  t.ok(end.toSend.length > 0)
  peer.socket.resume()
  await end.link.stop()
  t.equal(end.toSend.length, 0)
  const read = await peer.closed
  t.equal(read.replaceAll('PING\n', '') === withLineEnds(lines), true)
})

t.test('sending a large table to a fast neighbour does not keep others waiting', async (t) => {
  const { end, peer } = await linkedEnd(t)
  const line = `AT ${'x'.repeat(400)}`
  end.missed.push(...Array.from({ length: 4 * Math.ceil(BYTES_PER_FLUSH / line.length) }, () => line))
  end.link.flush()
  t.ok(end.missed.length > 0, 'not all is written at once')
  const sent: string[] = []
  while (end.missed.length > 0) sent.push(await peer.read())
  t.ok(sent.length > 0, 'the rest follows by itself')
})

t.test('a link reports its status', async (t) => {
  const [end, listener] = await linkEnd(t)
  t.equal(end.link.standing, undefined)
  end.link.dial()
  const peer = await listener.next()
  const greeting = await peer.read()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up: proxyherd')
  const features = await peer.read()
  const carried = { sentBytes: greeting.length + features.length, receivedBytes: answer('Juzang').length }
  t.match(end.link.standing, { kind: 'proxyherd', ...carried })
  const { lastHeardMsAgo = -1, upMs = -1 } = end.link.standing ?? {}
  t.ok(lastHeardMsAgo >= 0, `${lastHeardMsAgo} ms`)
  t.ok(upMs >= 0, `${upMs} ms`)
  peer.destroy()
  t.match(await end.next(), /^down/)
  t.equal(end.link.standing, undefined)
})

t.test('a stopped link sends its backlog, closes, and neither dials nor accepts again', async (t) => {
  const { end, peer } = await linkedEnd(t)
  const reports = Array.from({ length: 3_000 }, (_, index) => `AT Clark +0.1 c${index} +1+1 1`)
  end.toSend.push(...reports)
  const stopped = end.link.stop()
  t.equal(await peer.read('c2999 +1+1 1\n'), withLineEnds(reports))
  peer.end()
  await stopped
  end.link.dial()
  const late = await end.called('9')
  await late.closed
})

t.test('new reports are sent at once, however much the neighbour has missed', async (t) => {
  const { end, peer } = await linkedEnd(t)
  const line = `AT ${'x'.repeat(400)}`
  end.missed.push(...Array.from({ length: 4 * Math.ceil(BYTES_PER_FLUSH / line.length) }, () => line))
  end.link.flush()
  t.ok(end.missed.length > 0, 'not all that it has missed is written at once')
  const news = Array.from({ length: 2 * Math.ceil(BYTES_PER_FLUSH / line.length) }, () => `NEW ${line}`)
  end.toSend.push(...news)
  end.link.flush()
  t.equal(end.toSend.length, 0)
  peer.socket.resume()
  await peer.read(`${news.at(-1) ?? ''}\n`)
})

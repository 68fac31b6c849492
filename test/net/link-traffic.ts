import t from 'tap'
import { LINES_PER_TURN } from '../../src/net/limits.js'
import { answer, linkEnd } from '../fixtures/link-end.js'
import { sent } from '../fixtures/owner.js'

t.test('the end of each turn is told, so that what was heard can be passed on', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  const before = end.turns
  peer.write('AT first\nAT second\n')
  t.equal(await end.next(), 'heard AT first')
  t.equal(await end.next(), 'heard AT second')
  t.equal(end.turns, before + 1)
  t.equal(end.ahead, 2, 'and what is to come was told')
})

t.test('what has come is heard, and its turn over, before the link is down', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  const lines = Array.from({ length: LINES_PER_TURN + 36 }, (_, n) => `AT ${n}`)
  peer.write(sent(lines))
  t.equal(await end.next(), 'heard AT 0')
  const before = end.turns
  end.link.destroy()
  for (const line of lines.slice(1)) t.equal(await end.next(), `heard ${line}`)
  t.match(await end.next(), /^down/)
  t.equal(end.turns, before + 1)
})

t.test('what a neighbour does not read waits with its server, and is sent when it reads', async (t) => {
  const [end, listener] = await linkEnd(t, 'Clark', 'Juzang', 60_000)
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  await peer.read()
  peer.socket.pause()
  // More than the sockets hold by themselves on either side.
  const lines = Array.from({ length: 2_000 }, (_, n) => `AT ${n} ${'x'.repeat(8_192)}`)
  end.toTell.push(...lines)
  end.link.flush()
  t.ok(end.toTell.length > 0)
  peer.socket.resume()
  await end.link.stop()
  t.equal(end.toTell.length, 0)
  t.equal((await peer.closed) === sent(lines), true)
})

t.test('how a link stands is told', async (t) => {
  const [end, listener] = await linkEnd(t)
  t.equal(end.link.standing, undefined)
  end.link.dial()
  const peer = await listener.next()
  const greeting = await peer.read()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  end.now += 7_000
  const carried = { sentBytes: greeting.length, receivedBytes: answer('Juzang').length }
  t.match(end.link.standing, { kind: 'proxyherd', upMs: 7_000, ...carried })
  const { lastHeardMsAgo = -1 } = end.link.standing ?? {}
  t.ok(lastHeardMsAgo >= 0, `${lastHeardMsAgo} ms`)
  peer.destroy()
  t.match(await end.next(), /^down/)
  t.equal(end.link.standing, undefined)
  const plain = await linkEnd(t)
  plain[0].link.dial()
  ;(await plain[1].next()).write('hello\n')
  t.equal(await plain[0].next(), 'up')
  t.match(plain[0].link.standing, { kind: 'plain' })
})

t.test('a stopped link tells what is left, closes, and dials and accepts no more', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  await peer.read()
  const reports = Array.from({ length: 3_000 }, (_, index) => `AT Clark +0.1 c${index} +1+1 1`)
  end.toTell.push(...reports)
  const stopped = end.link.stop()
  t.equal(await peer.read('c2999 +1+1 1\n'), sent(reports))
  peer.end()
  await stopped
  end.link.dial()
  const late = await end.called('9')
  await late.closed
})

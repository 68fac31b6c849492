import t from 'tap'
import { Connection } from '../../src/net/connection.js'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { CLIENT_IDLE_MS } from '../../src/net/limits.js'
import { AcceptorServer } from '../fixtures/acceptor-server.js'
import { answer, greetingOf, LinkEnd, linkedEnd, linkEnd, socketPair } from '../fixtures/link-end.js'
import { PeerListener } from '../fixtures/peer.js'

const lime = 'AT Clark +0.1 lime +1+1 1'

t.test('a neighbour that greets back is linked, and reports flow both ways', async (t) => {
  const { end, peer } = await linkedEnd(t)
  peer.write('FEATURES pong later\nAT first\n')
  t.equal(await end.next(), 'received FEATURES pong later')
  t.same([...end.features], ['pong', 'later'])
  t.equal(await end.next(), 'received AT first')
  end.toSend.push(lime)
  end.link.flush()
  t.equal(await peer.read(), `${lime}\n`)
  t.ok(end.roundTripMs >= 0)
})

t.test('lines in one chunk with the answer to a greeting are processed', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write(`${answer('Juzang')}AT first\n`)
  t.equal(await end.next(), 'up: proxyherd')
  t.equal(await end.next(), 'received AT first')
})

t.test('a neighbour that dials is answered, and linked with its next line', async (t) => {
  const end = new LinkEnd('Clark', 'Bernard', undefined)
  t.teardown(() => end.stop())
  end.link.dial()
  const peer = await end.called('7')
  t.match(await greetingOf(peer), { from: 'Clark', to: 'Bernard', incarnation: '1' })
  peer.write('AT first\n')
  t.equal(await end.next(), 'up: proxyherd')
  t.equal(await end.next(), 'received AT first')
})

t.test('a connection that becomes a link is no longer closed when it is idle', async (t) => {
  const end = new LinkEnd('Clark', 'Bernard', undefined)
  t.teardown(() => end.stop())
  const { socket, peer } = await socketPair()
  const connection = new Connection(socket)
  connection.closeWhenIdle(CLIENT_IDLE_MS)
  end.accept(connection)
  await greetingOf(peer)
  peer.write('AT first\n')
  t.equal(await end.next(), 'up: proxyherd')
  t.equal(socket.timeout, 0)
})

t.test('a call that the neighbour has closed does not become a link', async (t) => {
  const end = new LinkEnd('Clark', 'Bernard', undefined)
  t.teardown(() => end.stop())
  for (const how of ['end', 'destroy'] as const) {
    const peer = await end.called('7')
    peer[how]()
    await peer.closed
  }
  const peer = await end.called('7')
  peer.write('AT first\n')
  t.equal(await end.next(), 'up: proxyherd')
})

t.test('when both dial at once, the call that gives way is closed', async (t) => {
  const [end, listener] = await linkEnd(t, 'Amber', 'Bernard')
  end.link.dial()
  const ours = await listener.next()
  const theirs = await end.called('7')
  await greetingOf(ours)
  ours.write(answer('Bernard'))
  t.equal(await end.next(), 'up: proxyherd')
  t.equal(await theirs.closed, '')
})

t.test('a neighbour that answers otherwise is classic, and its greeting is over', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.toSend.push(lime)
  end.link.dial()
  const peer = await listener.next()
  await greetingOf(peer)
  peer.write('AT said first\n')
  t.equal(await end.next(), 'classic')
  t.equal(await peer.closed, '', 'it is sent nothing there')
  t.equal(end.link.standing, undefined)
})

t.test('an endless line makes a neighbour classic and does not fill memory', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write('x'.repeat(2_000_000))
  t.equal(await end.next(), 'classic')
})

t.test('a neighbour that cannot be reached is dialled repeatedly and reported once', async (t) => {
  const gone = await PeerListener.listen()
  const { port } = gone
  gone.close()
  const end = new LinkEnd('Clark', 'Juzang', port)
  end.link.dial()
  t.equal(await end.next(), 'unreachable: nobody listens there')
  const listener = await PeerListener.listen(port)
  t.teardown(async () => {
    listener.close()
    await end.stop()
  })
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up: proxyherd')
})

t.test('a link that is lost is dialled again', async (t) => {
  const { end, listener, peer } = await linkedEnd(t)
  peer.socket.resetAndDestroy()
  t.match(await end.next(), /^down: the connection was reset/)
  const second = await listener.next()
  second.write(answer('Juzang'))
  t.equal(await end.next(), 'up: proxyherd')
  second.end()
  t.equal(await end.next(), 'down: it closed the connection')
})

t.test('heartbeats go out and are returned', async (t) => {
  const { end, peer } = await linkedEnd(t)
  peer.write('PING 17\n')
  t.equal(await peer.read(), 'PONG 17\n')
  t.equal(await end.next(), 'received PING 17')
  peer.skipsHeartbeats = false
  t.equal(await peer.read(), 'PING\n')
})

t.test('with a herd key, only a neighbour that has it is linked', async (t) => {
  const [ours, others] = [newHerdKey(), newHerdKey()].map((text) => parseHerdKeys(text, 'herd.key'))
  const server = await AcceptorServer.listen(t, { keys: ours })
  const end = new LinkEnd('Clark', 'Juzang', server.address.port, ours)
  t.teardown(() => end.stop())
  end.link.dial()
  t.equal(await server.next(), 'link from 127.0.0.1:port')
  const stranger = new LinkEnd('Clark', 'Juzang', server.address.port, others)
  t.teardown(() => stranger.stop())
  stranger.link.dial()
  t.equal(await stranger.next(), 'unreachable: it has another herd key')
})

t.test('a link that is stopped while it dials closes all its calls', async (t) => {
  const [end, listener] = await linkEnd(t, 'Amber', 'Bernard')
  end.link.dial()
  const ours = await listener.next()
  await greetingOf(ours)
  const theirs = await end.called('7')
  await end.link.stop()
  await ours.closed
  await theirs.closed
})

t.test('a link that is stopped during a TLS handshake aborts it', async (t) => {
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  const end = new LinkEnd('Clark', 'Juzang', listener.port, parseHerdKeys(newHerdKey(), 'herd.key'))
  end.link.dial()
  const peer = await listener.next()
  await peer.read('\x10')
  await end.link.stop()
  await peer.closed
})

t.test('a link that is destroyed is closed at once', async (t) => {
  const { end } = await linkedEnd(t)
  end.link.destroy()
  t.match(await end.next(), /^down/)
})

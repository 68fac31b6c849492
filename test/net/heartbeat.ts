import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Connection } from '../../src/net/connection.js'
import { beat, MISSED_BEATS } from '../../src/net/heartbeat.js'
import { PeerListener, type Peer } from '../fixtures/peer.js'

const BEAT_MS = 20

interface Beating {
  readonly connection: Connection
  readonly peer: Peer
  readonly closed: Promise<string | undefined>
}

async function beating(t: Test): Promise<Beating> {
  const listener = await PeerListener.listen()
  const connection = new Connection(connect({ host: '127.0.0.1', port: listener.port }))
  const closed = new Promise<string | undefined>((resolve) => {
    connection.own({ line: () => undefined, ended: () => undefined, closed: resolve })
  })
  const peer = await listener.next()
  const stop = beat(connection, BEAT_MS)
  t.teardown(() => {
    stop()
    connection.destroy()
    listener.close()
  })
  return { connection, peer, closed }
}

t.test('it says that it is alive, and takes a neighbour that says nothing for dead', async (t) => {
  const { peer, closed } = await beating(t)
  for (let beats = 1; beats < MISSED_BEATS; beats += 1) t.equal(await peer.read(), 'PING\n')
  t.equal(await closed, `it has said nothing for ${(MISSED_BEATS * BEAT_MS) / 1_000} s`)
})

t.test('any byte is a sign of life', async (t) => {
  const { peer, closed } = await beating(t)
  for (let beats = 0; beats < 3 * MISSED_BEATS; beats += 1) {
    await peer.read()
    peer.write('A')
  }
  peer.end()
  await closed
})

t.test('a neighbour that has still to read what was said is not told more and more', async (t) => {
  const { connection, peer } = await beating(t)
  await peer.read()
  peer.socket.pause()
  // More than the sockets hold by themselves on either side.
  const unread = 16 * 1024 * 1024
  connection.write('x'.repeat(unread))
  for (let beats = 0; beats < 2 * MISSED_BEATS; beats += 1) {
    peer.write('A')
    await delay(BEAT_MS)
  }
  t.equal(connection.backlogBytes, unread)
})

t.test('a server that was held up itself does not blame its neighbours', async (t) => {
  const { peer } = await beating(t)
  await peer.read()
  await peer.read()
  // As if this process had been stopped for a while, again and again.
  for (let stops = 0; stops < MISSED_BEATS; stops += 1) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * BEAT_MS)
    t.equal(await peer.read(), 'PING\n')
  }
})

t.test('and so is what has come and has still to be read', async (t) => {
  const listener = await PeerListener.listen()
  const connection = new Connection(connect({ host: '127.0.0.1', port: listener.port }))
  t.teardown(() => {
    connection.destroy()
    listener.close()
  })
  const turns: boolean[] = []
  const all = new Promise<void>((resolve) => {
    connection.own({
      line: () => undefined,
      turnOver: () => {
        const now = performance.now()
        turns.push(connection.heardAt >= now)
        if (turns.length > 1) resolve()
      },
      ended: () => undefined,
      closed: () => undefined,
    })
  })
  // More lines than are read in one turn.
  ;(await listener.next()).write('FOO\n'.repeat(100))
  await all
  t.same(turns, [true, false])
})

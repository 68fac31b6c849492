import { once } from 'node:events'
import { connect, createServer, type AddressInfo, Socket } from 'node:net'
import t, { type Test } from 'tap'
import { WaitingConnections } from '../../src/server/waiting-connections.js'

interface Place {
  readonly waiting: WaitingConnections
  /** What was accepted. */
  readonly accepted: Socket[]
  /** Connects, and resolves when the connection waits. */
  readonly connect: () => Promise<Socket>
}

async function place(t: Test): Promise<Place> {
  const accepted: Socket[] = []
  const waiting = new WaitingConnections((socket) => accepted.push(socket))
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    waiting.add(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const sockets: Socket[] = []
  t.teardown(() => {
    for (const socket of [...sockets, ...accepted]) socket.destroy()
    waiting.close()
    listener.close()
  })
  const connectOnce = async (): Promise<Socket> => {
    const added = once(listener, 'connection')
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    sockets.push(socket)
    await added
    return socket
  }
  return { waiting, accepted, connect: connectOnce }
}

t.test('connections wait unread, are accepted in order, and then at once', async (t) => {
  const { waiting, accepted, connect } = await place(t)
  const [one, two] = [await connect(), await connect()]
  one.write('one')
  two.end('two')
  t.same(accepted, [])
  waiting.release()
  t.equal(accepted.length, 2)
  const texts = await Promise.all(accepted.map((socket) => once(socket, 'data')))
  t.same(
    texts.map(([bytes]) => String(bytes)),
    ['one', 'two'],
  )
  await connect()
  waiting.release()
  t.equal(accepted.length, 3)
})

t.test('a connection that breaks while it waits is not accepted', async (t) => {
  const { waiting, accepted } = await place(t)
  const socket = new Socket()
  waiting.add(socket)
  socket.destroy(new Error('it broke'))
  await new Promise((resolve) => socket.once('close', resolve))
  waiting.release()
  t.same(accepted, [])
})

t.test('connections that wait are closed with the server', async (t) => {
  const { waiting, accepted, connect } = await place(t)
  const socket = await connect()
  waiting.close()
  await once(socket, 'close')
  await new Promise(setImmediate)
  waiting.release()
  t.equal(accepted.length, 0)
})

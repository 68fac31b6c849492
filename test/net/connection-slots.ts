import { Socket } from 'node:net'
import t from 'tap'
import { ConnectionSlots } from '../../src/net/connection-slots.js'

const LIMITS = { clients: 2, reserved: 2, reservedMs: 60_000 }

/** Slots, and the sockets evicted from them. */
function slots(limits = LIMITS): { slots: ConnectionSlots; evicted: Socket[] } {
  const evicted: Socket[] = []
  return { slots: new ConnectionSlots((socket) => evicted.push(socket), limits), evicted }
}

const newSockets = (count: number): Socket[] => Array.from({ length: count }, () => new Socket())

t.test('when the slots of clients are taken, only connections that may link go to the reserve', async (t) => {
  const { slots: taken, evicted } = slots()
  const sockets = newSockets(4)
  t.same(
    sockets.map((socket, index) => taken.take(socket, index === 3)),
    [true, true, false, true],
  )
  t.same(
    sockets.map((socket) => taken.isReserved(socket)),
    [false, false, false, true],
  )
  t.same(evicted, [])
  for (const socket of sockets) socket.destroy()
})

t.test('a slot is free again when its connection closes or becomes a link', async (t) => {
  const { slots: taken } = slots()
  const [first, second, third, fourth, fifth] = newSockets(5) as [Socket, Socket, Socket, Socket, Socket]
  taken.take(first, true)
  taken.take(second, true)
  first.destroy()
  await new Promise((resolve) => first.once('close', resolve))
  t.equal(taken.take(third, false), true)
  t.equal(taken.take(fourth, false), false)
  taken.release(third)
  t.equal(taken.take(fourth, false), true)
  taken.take(fifth, true)
  t.equal(taken.isReserved(fifth), true)
  taken.release(fifth)
  t.equal(taken.isReserved(fifth), false)
  for (const socket of [second, third, fourth, fifth]) socket.destroy()
})

t.test('a new connection evicts the oldest of a full reserve', async (t) => {
  const { slots: taken, evicted } = slots()
  const sockets = newSockets(6)
  for (const socket of sockets) t.equal(taken.take(socket, true), true)
  t.same(evicted, sockets.slice(2, 4))
  t.same(
    sockets.map((socket) => taken.isReserved(socket)),
    [false, false, false, false, true, true],
  )
  for (const socket of sockets) socket.destroy()
})

t.test('a connection that does not become a link in time is evicted from the reserve', async (t) => {
  const taken = new Set<Socket>()
  let done: () => void = () => undefined
  const evicted = new Promise<void>((resolve) => (done = resolve))
  const reserve = new ConnectionSlots(
    (socket) => {
      taken.add(socket)
      done()
    },
    { clients: 0, reserved: 2, reservedMs: 1 },
  )
  const [linked, silent] = newSockets(2) as [Socket, Socket]
  reserve.take(linked, true)
  reserve.release(linked)
  reserve.take(silent, true)
  await evicted
  t.same([...taken], [silent])
})

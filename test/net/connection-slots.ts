import { once } from 'node:events'
import { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { ConnectionSlots } from '../../src/net/connection-slots.js'

interface Fixture {
  readonly slots: ConnectionSlots
  /** Connects from a host, and gives the connection a slot. */
  readonly connect: (host: string, mayLink?: boolean) => Socket
  /** The names of the connections that were closed since the last call: the host, and which of its connections. */
  readonly takeEvicted: () => string[]
}

function withSlots(t: Test, limits = { clients: 4, reserved: 2 }): Fixture {
  const names = new Map<Socket, string>()
  const evicted: Socket[] = []
  const slots = new ConnectionSlots((socket) => {
    evicted.push(socket)
    socket.destroy()
  }, limits)
  const connect = (host: string, mayLink = false): Socket => {
    const socket = new Socket()
    Object.defineProperty(socket, 'remoteAddress', { value: `10.0.0.${host}` })
    const earlier = [...names.values()].filter((name) => name.startsWith(host)).length
    names.set(socket, `${host}${'abcdefghij'[earlier]}`)
    slots.take(socket, mayLink)
    return socket
  }
  t.teardown(() => {
    for (const socket of names.keys()) socket.destroy()
  })
  return { slots, connect, takeEvicted: () => evicted.splice(0).map((socket) => String(names.get(socket))) }
}

t.test('while slots are free, nothing is closed', async (t) => {
  const { slots, connect, takeEvicted } = withSlots(t)
  const sockets = [connect('1'), connect('1', true), connect('2')]
  t.same(
    sockets.map((socket) => slots.isReserved(socket)),
    [false, false, false],
  )
  const fourth = connect('3')
  fourth.destroy()
  await once(fourth, 'close')
  connect('3')
  t.same(takeEvicted(), [])
})

t.test('the most silent connection of the host with most is closed for a further client', async (t) => {
  const { connect, takeEvicted } = withSlots(t)
  for (const host of ['1', '2', '2', '1']) connect(host)
  connect('3')
  t.same(takeEvicted(), ['1a'], 'of two hosts with as many, the one with the most silent connection')
  connect('4')
  t.same(takeEvicted(), ['2a'])
  connect('5')
  t.same(takeEvicted(), ['2b'], 'all have one, and this is the most silent of all')
})

t.test('a host that has most gets a further slot from its own connections', async (t) => {
  const { connect, takeEvicted } = withSlots(t)
  for (const host of ['1', '2', '2', '3']) connect(host)
  for (const victim of ['2a', '2b', '2c']) {
    connect('2')
    t.same(takeEvicted(), [victim])
  }
  connect('1')
  t.same(takeEvicted(), ['1a'], 'also if another host has as many')
})

t.test('a connection that has sent something is less silent than one that came later', async (t) => {
  const { slots, connect, takeEvicted } = withSlots(t)
  const [first] = [connect('1'), connect('1'), connect('1'), connect('1')]
  slots.admitted(first, { lastArrivalAt: performance.now() })
  slots.admitted(new Socket(), { lastArrivalAt: 0 })
  connect('1')
  t.same(takeEvicted(), ['1b'])
})

t.test('a link frees its slot', async (t) => {
  const { slots, connect, takeEvicted } = withSlots(t)
  const [first] = [connect('1'), connect('1'), connect('1'), connect('1')]
  slots.release(first)
  connect('2')
  t.same(takeEvicted(), [])
  slots.release(first)
  connect('2')
  t.same(takeEvicted(), ['1b'])
})

t.test('a connection that may link gets a reserved slot when those of clients are taken', async (t) => {
  const { slots, connect, takeEvicted } = withSlots(t)
  for (const host of ['1', '1', '1', '1']) connect(host)
  const [link, client] = [connect('2', true), connect('2', true)]
  slots.admitted(link, { lastArrivalAt: 0 })
  t.same([slots.isReserved(link), slots.isReserved(client)], [true, true])
  slots.release(link)
  t.same(takeEvicted(), [])
  slots.becomeClient(client)
  slots.becomeClient(client)
  t.same([slots.isReserved(link), slots.isReserved(client)], [false, false])
  t.same(takeEvicted(), ['1a'], 'and that of a client when it turns out to be one')
})

t.test('when the reserve is full, its oldest connection takes the slot of a client', async (t) => {
  const { slots, connect, takeEvicted } = withSlots(t)
  for (const host of ['1', '1', '1', '1']) connect(host)
  const sockets = [connect('2', true), connect('2', true), connect('2', true), connect('2', true)]
  t.same(
    sockets.map((socket) => slots.isReserved(socket)),
    [false, false, true, true],
  )
  t.same(takeEvicted(), ['1a', '1b'])
})

import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import { HttpConnections, type HttpConnection } from '../../src/web/http-connections.js'

/** A connection from a host, and whether it was closed. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress: string
  isClosed = false

  constructor(host: string) {
    super()
    this.remoteAddress = host
  }

  destroy(): void {
    this.isClosed = true
    this.emit('close')
  }
}

/** Room for some connections, and what opens them. */
function room(most: number) {
  const connections = new HttpConnections(most)
  const open = (host: string): { socket: FakeSocket; fits: boolean; connection: HttpConnection } => {
    const socket = new FakeSocket(host)
    const fits = connections.add(socket as unknown as Socket)
    return { socket, fits, connection: connections.of(socket as unknown as Socket) as HttpConnection }
  }
  const openBusy = (host: string): FakeSocket => {
    const { socket, connection } = open(host)
    connections.begin(connection)
    return socket
  }
  return { connections, open, openBusy }
}

const [CROWD, OTHER, THIRD] = ['10.0.0.1', '10.0.0.2', '10.0.0.3']

t.test('one host with many idle connections displaces only its own', async (t) => {
  const { connections, open } = room(4)
  const first = open(OTHER)
  const crowd = Array.from({ length: 3 }, () => open(CROWD))
  const further = open(CROWD)
  t.ok(further.fits)
  t.notOk(first.socket.isClosed, 'though it is idle longest')
  t.ok(crowd[0]?.socket.isClosed)
  t.ok(open(OTHER).fits)
  t.same(
    crowd.map(({ socket }) => socket.isClosed),
    [true, true, false],
  )
  t.notOk(first.socket.isClosed)
  t.equal(connections.size, 4)
})

t.test('addresses of one IPv6 network are one host', async (t) => {
  const { open } = room(3)
  const first = open(OTHER)
  const crowd = [open('2001:db8::1'), open('2001:db8::2')]
  t.ok(open('2001:db8::3').fits)
  t.notOk(first.socket.isClosed)
  t.ok(crowd[0]?.socket.isClosed)
})

t.test('if none is idle, the host with most loses its oldest to a host that has fewer', async (t) => {
  const { open, openBusy } = room(4)
  const crowd = Array.from({ length: 4 }, () => openBusy(CROWD))
  t.notOk(open(CROWD).fits)
  openBusy(OTHER)
  t.same(
    crowd.map(({ isClosed }) => isClosed),
    [true, false, false, false],
  )
  openBusy(OTHER)
  t.notOk(open(OTHER).fits, 'else the two would take from each other in turn')
  t.notOk(open(CROWD).fits)
  t.ok(open(THIRD).fits)
  t.same(
    crowd.map(({ isClosed }) => isClosed),
    [true, true, true, false],
  )
})

t.test('a connection that had no room may close', async (t) => {
  const { connections, open, openBusy } = room(1)
  const busy = openBusy(OTHER)
  const { socket, fits } = open(OTHER)
  t.notOk(fits)
  socket.destroy()
  t.equal(connections.size, 1)
  busy.destroy()
  t.equal(connections.size, 0)
  t.ok(open(OTHER).fits)
})

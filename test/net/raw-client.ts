import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { RawClient, type ServerAccess } from '../../src/net/raw-client.js'
import { PeerListener, type Peer } from '../fixtures/peer.js'

interface Opened {
  readonly client: RawClient
  readonly events: string[]
  readonly connected: Promise<void>
  readonly arrived: Promise<void>
  readonly ended: Promise<void>
}

/** A client of Clark that lists its events; `isWaiting` says whether a reply is outstanding. */
function open(t: Test, port: number, isWaiting: () => boolean, more: Partial<ServerAccess> = {}): Opened {
  const events: string[] = []
  let connect: () => void = () => undefined
  let arrive: () => void = () => undefined
  let end: () => void = () => undefined
  const connected = new Promise<void>((resolve) => (connect = resolve))
  const arrived = new Promise<void>((resolve) => (arrive = resolve))
  const ended = new Promise<void>((resolve) => (end = resolve))
  const access = { server: 'Clark', address: { host: '127.0.0.1', port }, timeoutMs: 30_000, ...more }
  const client = new RawClient(access, {
    connected: connect,
    received: (bytes, length) => {
      events.push(bytes.toString('latin1', 0, length))
      arrive()
    },
    isWaiting,
    failed: (error) => events.push(error.message),
    closed: end,
  })
  t.teardown(() => {
    client.destroy()
  })
  return { client, events, connected, arrived, ended }
}

async function listen(t: Test): Promise<{ port: number; next: () => Promise<Peer> }> {
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  const next = async (): Promise<Peer> => {
    const peer = await listener.next()
    t.teardown(() => {
      peer.destroy()
    })
    return peer
  }
  return { port: listener.port, next }
}

t.test('bytes go out and come in as they are', async (t) => {
  const { port, next } = await listen(t)
  const { client, events, ended } = open(t, port, () => false)
  t.ok(client.write(Uint8Array.of(0x49, 0xff, 0x0a)))
  const peer = await next()
  t.equal(await peer.read(), 'I\xff\n')
  peer.write('A\xff')
  client.end()
  t.equal(await peer.closed, '')
  peer.end()
  await ended
  t.same(events, ['A\xff'])
})

t.test('a server that closes the connection fails the client once', async (t) => {
  const { port, next } = await listen(t)
  for (const [isWaiting, why] of [
    [false, 'Clark closed the connection'],
    [true, 'Clark closed the connection before it answered'],
  ] as const) {
    const { client, events, ended } = open(t, port, () => isWaiting)
    const peer = await next()
    peer.end()
    await ended
    client.fail('Clark sent nonsense')
    t.same(events, [why])
  }
})

t.test('a handshake that gets no answer times out', async (t) => {
  const { port, next } = await listen(t)
  const keys = parseHerdKeys(newHerdKey(), 'herd.key')
  for (const more of [{ tls: { ca: undefined } }, { keys }]) {
    const { events, ended } = open(t, port, () => false, { timeoutMs: 20, ...more })
    await next()
    await ended
    t.same(events, ['Clark gave no answer within 0.02 s'])
  }
})

t.test('a server may be silent while no reply is outstanding', async (t) => {
  const { port, next } = await listen(t)
  let isWaiting = false
  const { client, events, connected, ended } = open(t, port, () => isWaiting, { timeoutMs: 20 })
  const peer = await next()
  await connected
  await new Promise((resolve) => setTimeout(resolve, 40))
  t.same(events, [])
  isWaiting = true
  client.write(Uint8Array.of(0x0a))
  await peer.read()
  await ended
  t.same(events, ['Clark gave no answer within 0.02 s'])
})

t.test('an answer that arrived while this process was held up is not late', async (t) => {
  const { port, next } = await listen(t)
  const { client, events, connected, arrived } = open(t, port, () => true, { timeoutMs: 20 })
  const peer = await next()
  await connected
  client.write(Uint8Array.of(0x0a))
  await peer.read()
  await new Promise((resolve) => peer.socket.write('late\n', resolve))
  // The timer is due, and the answer is in the socket.
  const until = performance.now() + 60
  while (performance.now() < until);
  await arrived
  t.same(events, ['late\n'])
})

t.test(
  'a token is shown before all else, and its answer is kept from the owner, however it is cut',
  async (t) => {
    const { port, next } = await listen(t)
    const { client, events, connected, arrived } = open(t, port, () => false, { token: 'secret' })
    client.write(Buffer.from('FOO\n'))
    const peer = await next()
    t.equal(await peer.read(), 'AUTH secret\n')
    t.equal(await peer.read(), 'FOO\n')
    await peer.writeByteByByte('AUTH x')
    t.notOk(client.isConnected)
    peer.write('\n? FOO\n')
    await connected
    await arrived
    t.same(events.join(''), '? FOO\n')
  },
)

import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import type { TLSSocket } from 'node:tls'
import { Acceptor } from '../../src/net/acceptor.js'
import type { Address } from '../../src/net/dial.js'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { connectTlsClient, connectWithKeys, LINK_OPENING } from '../../src/net/tls.js'
import { selfSigned } from '../fixtures/certificate.js'
import { AcceptorServer } from '../fixtures/acceptor-server.js'
import { Peer } from '../fixtures/peer.js'
import { SlowPath } from '../fixtures/slow-path.js'

const keys = parseHerdKeys(newHerdKey(), 'herd.key')
const certificate = await selfSigned()
const OPENING = String.fromCharCode(LINK_OPENING)

t.test('plain connections are accepted with any security', async (t) => {
  const line = 'AT Clark +0.1 lime +1+1 1'
  for (const security of [{}, { keys }, { certificate }, { keys, certificate }])
    await t.test(Object.keys(security).join(' and ') || 'neither keys nor certificate', async (t) => {
      const server = await AcceptorServer.listen(t, security)
      const whole = await Peer.connect(server.address.port)
      whole.write(`${line}\nlast`)
      t.equal(await whole.read(), `plain: ${line}\n`)
      whole.end()
      t.equal(await whole.read(), 'plain: last\n')
      const slow = await Peer.connect(server.address.port)
      await slow.writeByteByByte('\nhello\n')
      t.equal(await slow.read(), 'plain: \n')
      t.equal(await slow.read(), 'plain: hello\n')
      slow.destroy()
      const mute = await Peer.connect(server.address.port)
      mute.end()
      t.equal(await mute.closed, '', 'a silent peer gets no answer')
    })
  await t.test('the first byte of a protocol that is not set up is part of a line', async (t) => {
    const cases = [
      [OPENING, { certificate }],
      ['\x16', { keys }],
      [OPENING, {}],
      ['\x16', {}],
    ] as const
    for (const [byte, security] of cases) {
      const server = await AcceptorServer.listen(t, security)
      const peer = await Peer.connect(server.address.port)
      await peer.writeByteByByte(`${byte}lime\n`)
      t.equal(await peer.read(), `plain: ${byte}lime\n`)
      peer.destroy()
    }
  })
})

t.test('a handshake may arrive in any chunks', async (t) => {
  const server = await AcceptorServer.listen(t, { keys, certificate })
  const dialled = (address: Address): TLSSocket => connectWithKeys(address, keys)
  const connected = (address: Address): TLSSocket => connectTlsClient(address, certificate.cert)
  for (const [kind, begin] of [['link', dialled] as const, ['client', connected] as const]) {
    const slow = await SlowPath.to(server.address)
    const peer = new Peer(begin(slow.address))
    peer.write('hello\n')
    t.equal(await peer.read(), `${kind}: hello\n`)
    t.equal(server.handedOver, server.sockets.at(-1))
    peer.end()
    slow.close()
  }
})

const GONE = 'refused 127.0.0.1:port: it closed before its protocol was known'

t.test('a connection whose protocol remains unknown is closed', async (t) => {
  const timeouts = { silenceMs: 1_000, handshakeMs: 1_000 }
  await t.test('a peer that sends nothing', async (t) => {
    const server = await AcceptorServer.listen(t, { keys }, { ...timeouts, silenceMs: 1 })
    const peer = await Peer.connect(server.address.port)
    t.equal(await peer.closed, '')
    t.equal(await server.next(), GONE)
  })
  await t.test('a peer that resets before it sends anything', async (t) => {
    const server = await AcceptorServer.listen(t, { keys })
    const peer = await Peer.connect(server.address.port)
    peer.socket.resetAndDestroy()
    t.equal(await server.next(), GONE)
  })
  for (const opening of [OPENING, '\x16']) {
    await t.test('a peer that stops during a handshake', async (t) => {
      const server = await AcceptorServer.listen(t, { keys, certificate }, { ...timeouts, handshakeMs: 1 })
      const peer = await Peer.connect(server.address.port)
      peer.write(opening)
      t.equal(await server.next(), 'refused 127.0.0.1:port: its TLS handshake took too long')
      await peer.closed
    })
    await t.test('a peer that closes during a handshake', async (t) => {
      const server = await AcceptorServer.listen(t, { keys, certificate })
      const peer = await Peer.connect(server.address.port)
      peer.write(opening)
      peer.end()
      t.equal(await server.next(), GONE)
      await peer.closed
    })
  }
  await t.test('a connection that was handed over may be silent', async (t) => {
    const server = await AcceptorServer.listen(t, { keys }, { ...timeouts, silenceMs: 50 })
    const known = await Peer.connect(server.address.port)
    known.write('hello\n')
    await known.read()
    const silent = await Peer.connect(server.address.port)
    await silent.closed
    known.write('still here\n')
    t.equal(await known.read(), 'plain: still here\n')
    known.destroy()
  })
})

t.test(
  'a closed acceptor hands over no more connections, and does not close those it handed over',
  async (t) => {
    const server = await AcceptorServer.listen(t, { keys })
    const known = new Peer(connectWithKeys(server.address, keys))
    known.write('hello\n')
    t.equal(await server.next(), 'link from 127.0.0.1:port')
    const silent = await Peer.connect(server.address.port)
    const begun = await Peer.connect(server.address.port)
    begun.write(OPENING)
    server.acceptor.close()
    await Promise.all([silent.closed, begun.closed])
    t.equal(await known.read(), 'link: hello\n')
    known.destroy()
    t.equal(await server.next(), 'closed', 'connections that the acceptor closes itself are not reported')
  },
)

t.test('a connection can be refused until it is handed over', async (t) => {
  const server = await AcceptorServer.listen(t, { keys })
  for (const text of ['', OPENING]) {
    const peer = await Peer.connect(server.address.port)
    peer.write(text)
    const known = await Peer.connect(server.address.port)
    known.write('hello\n')
    await known.read()
    t.equal(await server.next(), 'plain from 127.0.0.1:port')
    const [first, second] = server.sockets.slice(-2) as [Socket, Socket]
    t.equal(server.acceptor.refuse(second, 'no slot'), false)
    t.equal(server.acceptor.refuse(first, 'no slot'), true)
    t.equal(await server.next(), 'refused 127.0.0.1:port: no slot')
    await peer.closed
    known.write('still here\n')
    t.equal(await known.read(), 'plain: still here\n')
    known.end()
    t.equal(await server.next(), 'closed', 'and it is refused once')
  }
})

t.test('a connection whose addresses are no longer known is not handed over', async (t) => {
  let refused: (why: string) => void = () => undefined
  const why = new Promise<string>((resolve) => (refused = resolve))
  const never = (): void => {
    t.fail('it was handed over')
  }
  const acceptor = new Acceptor(
    { certificate },
    {
      plain: never,
      client: never,
      link: never,
      refused: (_, why) => {
        refused(why)
      },
    },
  )
  const server = createServer((socket) => {
    Object.defineProperty(socket, 'remoteAddress', { value: undefined })
    acceptor.accept(socket)
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const peer = new Peer(connectTlsClient({ host: '127.0.0.1', port }, certificate.cert))
  t.equal(await why, 'it closed before its protocol was known')
  await peer.closed
})

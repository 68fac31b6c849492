import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import {
  connect as connectTls,
  createServer as createTlsServer,
  type ConnectionOptions,
  type TLSSocket,
} from 'node:tls'
import t from 'tap'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import { connectTlsClient, connectWithKeys, LINK_OPENING } from '../../src/net/tls.js'
import { herdKeyErrorText, tlsErrorText, type TlsError } from '../../src/net/tls-error-text.js'
import { selfSigned } from '../fixtures/certificate.js'
import { AcceptorServer } from '../fixtures/acceptor-server.js'
import { Peer } from '../fixtures/peer.js'

const [oldKey, newKey] = [newHerdKey(), newHerdKey()]
const keysOf = (...texts: string[]): HerdKeys => parseHerdKeys(texts.join(''), 'herd.key')
const keys = keysOf(oldKey)
const certificate = await selfSigned()
const OPENING = String.fromCharCode(LINK_OPENING)

/** The outcome of a handshake for the side that started it. */
async function outcome(socket: TLSSocket): Promise<'secure' | TlsError> {
  return new Promise((resolve) => {
    socket.once('secureConnect', () => {
      resolve('secure')
    })
    socket.on('error', resolve)
  })
}

/** Starts a link without `connectWithKeys`. */
function misdial(server: AcceptorServer, options: ConnectionOptions): TLSSocket {
  const socket = connect(server.address)
  socket.once('connect', () => socket.write(OPENING))
  return connectTls({ ...options, socket })
}

t.test('a link is encrypted with forward secrecy, using a herd key that both ends have', async (t) => {
  const cases: [how: string, dials: HerdKeys, accepts: HerdKeys][] = [
    ['one key', keys, keys],
    ['first they learn to accept the new key', keys, keysOf(oldKey, newKey)],
    ['then some dial with it', keysOf(newKey, oldKey), keysOf(oldKey, newKey)],
    ['while others still dial with the old one', keysOf(oldKey, newKey), keysOf(newKey, oldKey)],
    ['then some forget the old one', keysOf(newKey, oldKey), keysOf(newKey)],
    ['and all do', keysOf(newKey), keysOf(newKey)],
  ]
  for (const [how, dials, accepts] of cases)
    await t.test(how, async (t) => {
      const server = await AcceptorServer.listen(t, { keys: accepts, certificate })
      const socket = connectWithKeys(server.address, dials)
      t.equal(await outcome(socket), 'secure')
      t.equal(socket.getProtocol(), 'TLSv1.3')
      // Node 20 uses X25519, later versions X25519MLKEM768, a hybrid of it.
      t.match(socket.getEphemeralKeyInfo(), { name: /^X25519/ })
      t.equal(await server.next(), 'link from 127.0.0.1:port')
      const peer = new Peer(socket)
      peer.write('hel')
      peer.write('lo\nlast')
      t.equal(await peer.read(), 'link: hello\n')
      peer.end()
      t.equal(await peer.read(), 'link: last\n')
      t.equal(await server.next(), 'closed')
    })
})

t.test('a peer with another herd key, or none, is not linked, and both ends report why', async (t) => {
  const another = 'it has another herd key'
  const none = 'it has no herd key'
  const wrong = { identity: keys.first().identity, psk: keysOf(newKey).first().psk }
  const link = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' } as const
  const byPsk = (psk: typeof wrong): ConnectionOptions => ({ ...link, ca: [], pskCallback: () => psk })
  const cases: Record<string, (server: AcceptorServer) => TLSSocket> = {
    'another key': (server) => connectWithKeys(server.address, keysOf(newKey)),
    'another key under the name of ours': (server) => misdial(server, byPsk(wrong)),
    'no key': (server) => misdial(server, { ...link, ca: certificate.cert }),
    'our key, but TLS 1.2': (server) =>
      misdial(server, {
        ...byPsk(keys.first()),
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.2',
        ciphers: 'PSK',
      }),
    'our key, but another cipher': (server) =>
      misdial(server, { ...byPsk(keys.first()), ciphers: 'TLS_AES_256_GCM_SHA384' }),
  }
  for (const [how, dial] of Object.entries(cases))
    await t.test(how, async (t) => {
      const server = await AcceptorServer.listen(t, { keys, certificate })
      const error = await outcome(dial(server))
      t.equal(error !== 'secure' && herdKeyErrorText(error), another)
      t.equal(await server.next(), `refused 127.0.0.1:port: ${another}`)
    })
  await t.test('plain text after the opening', async (t) => {
    const server = await AcceptorServer.listen(t, { keys })
    const peer = await Peer.connect(server.address.port)
    peer.write(`${OPENING}AT Clark +0.1 lime +1+1 1\n`)
    t.equal(await server.next(), `refused 127.0.0.1:port: ${none}`)
    await peer.closed
  })
  await t.test('a server without a key, with a certificate or not', async (t) => {
    for (const security of [{}, { certificate }]) {
      const server = await AcceptorServer.listen(t, security)
      const error = await outcome(connectWithKeys(server.address, keys))
      t.equal(error !== 'secure' && herdKeyErrorText(error), none)
      t.equal(await server.next(), 'plain from 127.0.0.1:port')
    }
  })
})

t.test('a certificate does not replace a herd key', async (t) => {
  await t.test('of a server', async (t) => {
    const clients = createTlsServer({ ...certificate })
    const impostor = createServer((socket) => {
      socket.once('readable', () => {
        socket.read(1)
        clients.emit('connection', socket)
      })
    }).listen(0, '127.0.0.1')
    await once(impostor, 'listening')
    t.teardown(() => impostor.close())
    const { port } = impostor.address() as AddressInfo
    const error = await outcome(connectWithKeys({ host: '127.0.0.1', port }, keys))
    t.equal(
      error !== 'secure' && herdKeyErrorText(error),
      'its certificate is not signed by a trusted authority',
    )
  })
  await t.test('of a client', async (t) => {
    const server = await AcceptorServer.listen(t, { keys, certificate })
    const client = connectTlsClient(server.address, certificate.cert)
    const [session] = (await once(client, 'session')) as [Buffer]
    client.destroy()
    t.equal(await server.next(), 'client from 127.0.0.1:port')
    const error = await outcome(misdial(server, { session, ca: certificate.cert }))
    t.equal(error !== 'secure' && herdKeyErrorText(error), 'it has another herd key')
  })
})

t.test('a client that trusts the certificate connects in TLS', async (t) => {
  for (const security of [{ certificate }, { keys, certificate }]) {
    const server = await AcceptorServer.listen(t, security)
    for (const host of ['127.0.0.1', 'localhost']) {
      const socket = connectTlsClient({ ...server.address, host }, certificate.cert)
      const peer = new Peer(socket)
      peer.write('hello\nlast')
      t.equal(await peer.read(), 'client: hello\n')
      t.equal(socket.authorized, true)
      t.equal(socket.getProtocol(), 'TLSv1.3')
      t.equal(await server.next(), 'client from 127.0.0.1:port')
      // It half-closes, and its last command is answered.
      peer.end()
      t.equal(await peer.read(), 'client: last\n')
      t.equal(await server.next(), 'closed')
    }
  }
})

t.test('a client and a server that do not agree on TLS both report why', async (t) => {
  const untrusted = 'its certificate is not signed by a trusted authority'
  const { cert: ca } = certificate
  const cases: Record<string, [dial: (server: AcceptorServer) => TLSSocket, why: string]> = {
    'a certificate that nobody vouches for': [
      ({ address }) => connectTlsClient(address, undefined),
      untrusted,
    ],
    'the certificate of somebody else': [
      ({ address }) => connectTls({ ...address, ca, servername: 'oak.example.org' }),
      'its certificate is for another host',
    ],
    'an older TLS': [
      ({ address }) => connectTls({ ...address, ca, maxVersion: 'TLSv1.2' }),
      'tlsv1 alert protocol version',
    ],
  }
  for (const [how, [dial, why]] of Object.entries(cases))
    await t.test(how, async (t) => {
      const server = await AcceptorServer.listen(t, { certificate })
      const error = await outcome(dial(server))
      t.equal(error !== 'secure' && tlsErrorText(error), why)
    })
  await t.test('a server without TLS for clients', async (t) => {
    const server = await AcceptorServer.listen(t, { keys })
    const error = await outcome(connectTlsClient(server.address, ca))
    t.equal(error !== 'secure' && tlsErrorText(error), 'it does not speak TLS')
    t.equal(await server.next(), 'plain from 127.0.0.1:port')
  })
  await t.test('bytes that only start like TLS', async (t) => {
    const server = await AcceptorServer.listen(t, { certificate })
    const peer = await Peer.connect(server.address.port)
    peer.write('\x16 this is no TLS\n')
    t.equal(await server.next(), 'refused 127.0.0.1:port: it does not speak TLS')
    await peer.closed
  })
})

t.test('bytes written and not yet sent are counted, and drain is emitted when they are sent', async (t) => {
  const server = await AcceptorServer.listen(t, { keys })
  const socket = connectWithKeys(server.address, keys)
  await once(socket, 'secureConnect')
  const text = 'x'.repeat(8 * 1024 * 1024)
  t.equal(socket.write(text), false)
  t.equal(socket.writableLength, text.length)
  await once(socket, 'drain')
  t.equal(socket.writableLength, 0)
  socket.destroy()
})

t.test('an unreachable server is reported once, and an attempt can be cancelled', async (t) => {
  const server = await AcceptorServer.listen(t, {})
  const { address } = server
  await server.close()
  const errors: string[] = []
  const socket = connectWithKeys(address, keys)
  socket.on('error', (error: Error) => errors.push(herdKeyErrorText(error)))
  await new Promise((resolve) => socket.once('close', resolve))
  await new Promise(setImmediate)
  t.same(errors, ['nobody listens there'])
  const given = connectWithKeys(address, keys)
  given.destroy()
  await once(given, 'close')
})

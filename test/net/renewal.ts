import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import t from 'tap'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import { connectTlsClient, connectWithKeys, LINK_OPENING, LINK_TLS } from '../../src/net/tls.js'
import { herdKeyErrorText, type TlsError } from '../../src/net/tls-error-text.js'
import { selfSigned } from '../fixtures/certificate.js'
import { AcceptorServer } from '../fixtures/acceptor-server.js'
import { Peer } from '../fixtures/peer.js'

const [oldKey, newKey] = [newHerdKey(), newHerdKey()]
const keysOf = (text: string): HerdKeys => parseHerdKeys(text, 'herd.key')
const certificate = await selfSigned()

/** The outcome of a handshake for the side that started it. */
async function outcome(socket: TLSSocket): Promise<'secure' | TlsError> {
  return new Promise((resolve) => {
    socket.once('secureConnect', () => {
      resolve('secure')
    })
    socket.on('error', resolve)
  })
}

/** Dials without a herd key, but with the session of an earlier link. */
function resume({ address }: AcceptorServer, session: Buffer): TLSSocket {
  const socket = connect(address)
  socket.once('connect', () => socket.write(Uint8Array.of(LINK_OPENING)))
  return connectTls({ ...LINK_TLS, socket, session, rejectUnauthorized: false })
}

t.test('after keys are replaced, new links need the new ones, and links that are up stay up', async (t) => {
  const keys = keysOf(oldKey)
  const server = await AcceptorServer.listen(t, { keys })
  const early = connectWithKeys(server.address, keysOf(oldKey))
  const [session] = (await once(early, 'session')) as [Buffer]
  t.equal(await server.next(), 'link from 127.0.0.1:port')
  keys.replaceWith(keysOf(newKey))
  const refused = 'it has another herd key'
  for (const dial of [() => connectWithKeys(server.address, keysOf(oldKey)), () => resume(server, session)]) {
    const error = await outcome(dial())
    t.equal(error !== 'secure' && herdKeyErrorText(error), refused)
    t.equal(await server.next(), `refused 127.0.0.1:port: ${refused}`)
  }
  const late = connectWithKeys(server.address, keysOf(newKey))
  t.equal(await outcome(late), 'secure')
  t.equal(await server.next(), 'link from 127.0.0.1:port')
  const peer = new Peer(early)
  peer.write('hello\n')
  t.equal(await peer.read(), 'link: hello\n')
  for (const socket of [early, late]) socket.destroy()
})

t.test('a renewed certificate is used for new clients, and connected clients stay', async (t) => {
  const server = await AcceptorServer.listen(t, { certificate })
  const other = await selfSigned()
  const early = connectTlsClient(server.address, certificate.cert)
  t.equal(await outcome(early), 'secure')
  server.acceptor.renewCertificate(other)
  const late = connectTlsClient(server.address, other.cert)
  t.equal(await outcome(late), 'secure')
  t.equal(late.getProtocol(), 'TLSv1.3')
  const older = connectTls({ ...server.address, ca: other.cert, maxVersion: 'TLSv1.2' })
  t.not(await outcome(older), 'secure', 'TLS 1.3 is still required')
  const peer = new Peer(early)
  peer.write('hello\n')
  t.equal(await peer.read(), 'client: hello\n')
  for (const socket of [early, late, older]) socket.destroy()
})

t.test('a server that started without a certificate never accepts TLS clients', async (t) => {
  const server = await AcceptorServer.listen(t, { keys: keysOf(oldKey) })
  server.acceptor.renewCertificate(certificate)
  t.not(await outcome(connectTlsClient(server.address, certificate.cert)), 'secure')
  t.equal(await server.next(), 'plain from 127.0.0.1:port')
})

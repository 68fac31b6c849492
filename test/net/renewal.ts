import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import t from 'tap'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import { connectTlsClient, connectWithKeys, LINK_OPENING, LINK_TLS } from '../../src/net/tls.js'
import { herdKeyErrorText, type TlsError } from '../../src/net/tls-error-text.js'
import { selfSigned } from '../fixtures/certificate.js'
import { Front } from '../fixtures/front.js'
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
function resume({ address }: Front, session: Buffer): TLSSocket {
  const socket = connect(address)
  socket.once('connect', () => socket.write(Uint8Array.of(LINK_OPENING)))
  return connectTls({ ...LINK_TLS, socket, session, rejectUnauthorized: false })
}

t.test('after keys are replaced, new links need the new ones, and links that are up stay up', async (t) => {
  const keys = keysOf(oldKey)
  const front = await Front.listen(t, { keys })
  const early = connectWithKeys(front.address, keysOf(oldKey))
  const [session] = (await once(early, 'session')) as [Buffer]
  t.equal(await front.next(), 'link from 127.0.0.1:port')
  keys.replaceWith(keysOf(newKey))
  const refused = 'it has another herd key'
  for (const dial of [() => connectWithKeys(front.address, keysOf(oldKey)), () => resume(front, session)]) {
    const error = await outcome(dial())
    t.equal(error !== 'secure' && herdKeyErrorText(error), refused)
    t.equal(await front.next(), `refused 127.0.0.1:port: ${refused}`)
  }
  const late = connectWithKeys(front.address, keysOf(newKey))
  t.equal(await outcome(late), 'secure')
  t.equal(await front.next(), 'link from 127.0.0.1:port')
  const peer = new Peer(early)
  peer.write('hello\n')
  t.equal(await peer.read(), 'link: hello\n')
  for (const socket of [early, late]) socket.destroy()
})

t.test('a renewed certificate is used for new clients, and connected clients stay', async (t) => {
  const front = await Front.listen(t, { certificate })
  const other = await selfSigned()
  const early = connectTlsClient(front.address, certificate.cert)
  t.equal(await outcome(early), 'secure')
  front.acceptor.renewCertificate(other)
  const late = connectTlsClient(front.address, other.cert)
  t.equal(await outcome(late), 'secure')
  t.equal(late.getProtocol(), 'TLSv1.3')
  const older = connectTls({ ...front.address, ca: other.cert, maxVersion: 'TLSv1.2' })
  t.not(await outcome(older), 'secure', 'TLS 1.3 is still required')
  const peer = new Peer(early)
  peer.write('hello\n')
  t.equal(await peer.read(), 'client: hello\n')
  for (const socket of [early, late, older]) socket.destroy()
})

t.test('a server that started without a certificate never accepts TLS clients', async (t) => {
  const front = await Front.listen(t, { keys: keysOf(oldKey) })
  front.acceptor.renewCertificate(certificate)
  t.not(await outcome(connectTlsClient(front.address, certificate.cert)), 'secure')
  t.equal(await front.next(), 'plain from 127.0.0.1:port')
})

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import t from 'tap'
import { selfSigned } from '../fixtures/certificate.js'
import { anyPorts } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'
import { send, WebHerd } from '../fixtures/web-herd.js'

const ALONE = anyPorts({ servers: ['Clark'], links: [] })

/** Sends a request in TLS. Resolves to the status and the body. */
async function sendTls(
  port: number,
  call: string,
  ca: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
): Promise<[status: number | undefined, text: string]> {
  const [method = '', path = ''] = call.split(' ')
  const sent = request({ host: '127.0.0.1', port, method, path, ca, headers, agent: false })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return [response.statusCode, await text(response)]
}

t.test('with a certificate, a port serves requests with and without TLS', async (t) => {
  const certificate = await selfSigned()
  const herd = await WebHerd.start(t, { topology: ALONE, listener: { certificate } })
  const port = herd.httpPort('Clark')
  const body = `{"position":{"latitude":1,"longitude":2},"time":5}${' '.repeat(300_000)}`
  t.equal((await sendTls(port, 'PUT /v1/clients/kiwi', certificate.cert, { body }))[0], 200)
  t.match((await herd.ask('GET /v1/clients/kiwi')).json, { id: 'kiwi' })
  t.equal(
    (await herd.ask('PUT /v1/clients/lime', { body: { position: { latitude: 1, longitude: 2 } } })).status,
    200,
  )
  const plain = await Peer.connect(port)
  await plain.writeByteByByte('GET /v1/clients/kiwi HTTP/1.1\r\nHost: localhost\r\n\r\n')
  t.match(await plain.read('}\n'), /^HTTP\/1\.1 200 /)
  plain.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  t.match(await plain.read('}\n'), /alive/)
  plain.destroy()
  const origin = { origin: `https://127.0.0.1:${port}` }
  t.equal((await sendTls(port, 'GET /healthz', certificate.cert, { headers: origin }))[0], 200)
  t.equal((await herd.ask('GET /healthz', { headers: origin })).status, 403)
  t.match(herd.servers.logs.get('Clark')?.entries[1], { address: `https://127.0.0.1:${port}` })
})

t.test('a handshake that fails is logged', async (t) => {
  const certificate = await selfSigned()
  const herd = await WebHerd.start(t, { topology: ALONE, listener: { certificate } })
  const port = herd.httpPort('Clark')
  await t.rejects(sendTls(port, 'GET /healthz', (await selfSigned()).cert))
  const entries = herd.servers.logs.get('Clark')?.entries ?? []
  while (!entries.some(({ kind }) => kind === 'client')) await new Promise((resolve) => setImmediate(resolve))
  t.match(
    entries.filter(({ kind }) => kind === 'client'),
    [{ what: 'refused' }],
  )
})

t.test('a new certificate is presented to those who connect from then on', async (t) => {
  const [certificate, renewed] = await Promise.all([selfSigned(), selfSigned()])
  const herd = await WebHerd.start(t, { topology: ALONE, listener: { certificate } })
  const port = herd.httpPort('Clark')
  t.equal((await sendTls(port, 'GET /healthz', certificate.cert))[0], 200)
  herd.servers.herd.renewCertificate(renewed)
  await t.rejects(sendTls(port, 'GET /healthz', certificate.cert))
  t.equal((await sendTls(port, 'GET /healthz', renewed.cert))[0], 200)
})

t.test('where only TLS is accepted, a request without it is refused', async (t) => {
  const certificate = await selfSigned()
  const herd = await WebHerd.start(t, { topology: ALONE, listener: { certificate, isTlsOnly: true } })
  const port = herd.httpPort('Clark')
  const { status, json } = await send(port, 'GET /healthz', {})
  t.same([status, json['detail']], [403, 'this server accepts HTTPS only'])
  t.equal((await sendTls(port, 'GET /healthz', certificate.cert))[0], 200)
})

t.test('a stop closes connections that have not begun to speak, and those in TLS', async (t) => {
  const certificate = await selfSigned()
  const herd = await WebHerd.start(t, { topology: ALONE, listener: { certificate } })
  const port = herd.httpPort('Clark')
  const silent = await Peer.connect(port)
  const socket = connect({ port, host: '127.0.0.1', ca: certificate.cert })
  await once(socket, 'secureConnect')
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
  const closed = once(socket, 'close')
  await herd.servers.herd.stopAll()
  await Promise.all([silent.closed, closed])
})

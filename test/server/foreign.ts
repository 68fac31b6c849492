import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { connectTlsClient } from '../../src/net/tls.js'
import { tlsErrorText, type TlsError } from '../../src/net/tls-error-text.js'
import { FOREIGN_ANSWER } from '../../src/protocol/opening.js'
import { selfSigned } from '../fixtures/certificate.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'

const certificate = await selfSigned()

/** Commands that a web page tries to make a server execute. On loopback an AT is accepted. */
const FORGED = 'AT Oak +0.5 kiwi +34-118 7\nIAMAT kiwi +34-118 8\n'
const HEADERS = `Host: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${FORGED.length}\r\n\r\n`
const LONG = 'x'.repeat(10_000)

const REQUESTS: Record<string, string> = {
  'a POST': `POST / HTTP/1.1\r\n${HEADERS}${FORGED}`,
  'a target longer than a line': `POST /${LONG} HTTP/1.1\r\n${HEADERS}${FORGED}`,
  'a command for a method': `IAMAT /x HTTP/1.1\r\n${HEADERS}${FORGED}`,
  'a command for a method, and a target longer than a line': `AT /${LONG} HTTP/1.1\r\n${HEADERS}${FORGED}`,
  'HTTP/2': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${FORGED}`,
  'a TLS record': `\x16\x03\x01\x02\x00\n${FORGED}`,
}

async function alone(t: Test, security = {}): Promise<TestHerd> {
  return TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }), security })
}

/** Asserts that nothing was executed, and that all connections were refused with one log entry each. */
async function refusesAll(t: Test, herd: TestHerd, why: string): Promise<void> {
  const entries = herd.logs.get('Clark')?.entries.splice(0) ?? []
  const kinds = entries
    .map((entry) => ('what' in entry ? entry.what : entry.kind))
    .filter((kind) => kind !== 'listening')
  const whys = entries.filter((entry) => 'what' in entry && entry.what === 'refused')
  t.same(
    kinds.filter((kind) => kind !== 'connected' && kind !== 'refused'),
    [],
    'nothing else is logged',
  )
  // Only those that take longer are logged as connected before.
  t.ok(whys.length > 0 && kinds.length <= 2 * whys.length)
  for (const entry of whys) t.match(entry, { kind: 'client', why })
  t.equal(await herd.ask('Clark', 'WHATSAT kiwi 1 1\n'), '? WHATSAT kiwi 1 1\n')
  herd.logs.get('Clark')?.entries.splice(0)
}

t.test('an HTTP request is answered once and closed, and no line in it is executed', async (t) => {
  const herd = await alone(t)
  for (const [name, text] of Object.entries(REQUESTS))
    await t.test(name, async (t) => {
      const why = name === 'a TLS record' ? 'it speaks TLS' : 'it speaks HTTP'
      t.equal(await herd.ask('Clark', text), FOREIGN_ANSWER, 'whole')
      const slow = await herd.client(t, 'Clark')
      await slow.writeByteByByte(text)
      t.equal(await slow.closed, FOREIGN_ANSWER, 'byte by byte')
      for (const at of [1, 4, 5, 7, 70, 4_096, 4_097, text.length - 10]) {
        const cut = await herd.client(t, 'Clark')
        cut.socket.setNoDelay(true)
        cut.write(text.slice(0, at))
        cut.write(text.slice(at))
        t.equal(await cut.closed, FOREIGN_ANSWER, `cut at ${at}`)
      }
      await refusesAll(t, herd, why)
    })
})

t.test('an HTTP client is told that this is another protocol, whatever it sends', async (t) => {
  const herd = await alone(t)
  const port = herd.port('Clark')
  const bodies = [FORGED, FORGED.repeat(200_000)]
  for (const method of ['POST', 'IAMAT', 'PROPFIND'])
    for (const body of bodies) {
      const asked = request({ port, method, path: '/kiwi', headers: { 'content-length': body.length } })
      // A long body may not be sent completely.
      asked.on('error', () => undefined)
      asked.end(body)
      const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
      t.equal(response.statusCode, 400)
      response.setEncoding('utf8')
      t.equal(
        (await response[Symbol.asyncIterator]().next()).value,
        'This port speaks the proxyherd line protocol.\n',
      )
    }
  const page = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: FORGED })
  t.equal(page.status, 400)
  t.equal(page.headers.get('access-control-allow-origin'), null)
  await page.text()
  await refusesAll(t, herd, 'it speaks HTTP')
})

t.test('a TLS client reports that a server without a certificate does not speak TLS', async (t) => {
  const herd = await alone(t)
  const socket = connectTlsClient({ host: '127.0.0.1', port: herd.port('Clark') }, certificate.cert)
  const [error] = (await once(socket, 'error')) as [TlsError]
  t.equal(tlsErrorText(error), 'it does not speak TLS')
  await refusesAll(t, herd, 'it speaks TLS')
})

t.test('HTTP within TLS is refused too', async (t) => {
  const herd = await alone(t, { certificate })
  for (const text of [REQUESTS['a POST'] ?? '', REQUESTS['a TLS record'] ?? '']) {
    const peer = new Peer(connectTlsClient({ host: '127.0.0.1', port: herd.port('Clark') }, certificate.cert))
    peer.write(text)
    t.equal(await peer.closed, FOREIGN_ANSWER)
    peer.destroy()
  }
  t.equal(await herd.ask('Clark', 'WHATSAT kiwi 1 1\n'), '? WHATSAT kiwi 1 1\n')
})

t.test('commands that only look like HTTP requests are answered as usual', async (t) => {
  const herd = await alone(t)
  const cases = [
    ['IAMAT /dev/x +1+1 5', /^AT Clark \S+ \/dev\/x \+1\+1 5\n$/],
    ['IAMAT http://x +1+1 5', /^AT Clark \S+ http:\/\/x \+1\+1 5\n$/],
    ['WHATSAT /dev/x 10 5', /^AT Clark \S+ \/dev\/x \+1\+1 5\n\{/],
    ['GET', /^\? GET\n$/],
    ['GET x', /^\? GET x\n$/],
    ['POST kiwi 5 5', /^\? POST kiwi 5 5\n$/],
    ['FOO /x', /^\? FOO \/x\n$/],
    ['HTTP/1.1', /^\? HTTP\/1.1\n$/],
    [`IAMAT /${LONG} +1+1 5`, /^\? IAMAT \/x{57}\.\.\.\n$/],
  ] as const
  for (const [line, reply] of cases) {
    t.match(await herd.ask('Clark', `${line}\n`), reply)
    t.match(await herd.ask('Clark', line), reply)
    const slow = await herd.client(t, 'Clark')
    await slow.writeByteByByte(`${line}\n`)
    slow.end()
    t.match(await slow.closed, reply)
  }
  const later = 'FOO\nGET / HTTP/1.1\nIAMAT kiwi +1+1 5\n'
  t.match(
    await herd.ask('Clark', later),
    /^\? FOO\n\? GET \/ HTTP\/1.1\nAT Clark/,
    'only the first line decides',
  )
})

t.test('a server that stops does not wait for an HTTP client that stays connected', async (t) => {
  const herd = await alone(t)
  const socket = connect({ host: '127.0.0.1', port: herd.port('Clark'), allowHalfOpen: true })
  const peer = new Peer(socket)
  peer.write('GET / HTTP/1.1\r\n\r\n')
  t.equal(await peer.closed, FOREIGN_ANSWER)
  const closed = once(socket, 'close')
  await herd.herd.stopAll()
  peer.end()
  await closed
})

import t from 'tap'
import { MAX_BODY_BYTES, MAX_PIPELINED } from '../../src/web/http-limits.js'
import { Peer } from '../fixtures/peer.js'
import { WebHerd } from '../fixtures/web-herd.js'

const HOST = 'Host: localhost\r\n'
const REPORT = '{"position":{"latitude":1,"longitude":2},"time":5}'
const SIZE = REPORT.length.toString(16)
const PUT = `PUT /v1/clients/kiwi HTTP/1.1\r\n${HOST}`
const CHUNKED = `${PUT}Transfer-Encoding: chunked\r\n`
const SIZED = `${PUT}Content-Length: ${REPORT.length}\r\n`

const LAST = get('/healthz', 'Connection: close\r\n')

function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`
}

/** What a server answers to bytes until it closes the connection: the status of each response, and its problem if it is one. */
async function answers(herd: WebHerd, bytes: string, isCut = false): Promise<unknown[]> {
  const peer = await Peer.connect(herd.httpPort('Clark'))
  peer.write(bytes)
  if (isCut) peer.end()
  return parseResponses(await peer.closed)
}

/** The same for bytes after which the connection is of further use: they have the first response, and a request after them the second one. */
async function answersInTurn(herd: WebHerd, bytes: string): Promise<unknown[]> {
  const peer = await Peer.connect(herd.httpPort('Clark'))
  peer.write(bytes)
  const first = await peer.read('\r\n\r\n')
  peer.write(LAST)
  return parseResponses(first + (await peer.closed))
}

function parseResponses(text: string): unknown[] {
  return text
    .split(/^HTTP\/1\.1 /m)
    .slice(1)
    .map((response) => {
      const [, status, body = ''] = /^(\d+) [^]*?\r\n\r\n([^]*)$/.exec(response) ?? []
      if (!/^content-type: application\/problem\+json\r$/im.test(response)) return Number(status)
      const problem = JSON.parse(body) as { readonly status: number; readonly detail: string }
      return [problem.status, problem.detail]
    })
}

const UNREADABLE = /^this cannot be read as an HTTP request: ./

t.test('what cannot be read is answered with a problem, and nothing after it is served', async (t) => {
  const herd = await WebHerd.start(t)
  const cases: Record<string, [bytes: string, status: number, detail?: RegExp]> = {
    'a command of TCP': ['IAMAT kiwi +1+2 5\n', 400],
    TLS: ['\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 400],
    'HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, /^this is HTTP\/2; /],
    'an unknown version': [`GET /healthz HTTP/1.2\r\n${HOST}\r\n`, 400],
    'an unknown method': [`FOO /healthz HTTP/1.1\r\n${HOST}\r\n`, 400],
    'a byte that must be encoded': [get('/v1/clients/k\xfcwi'), 400, /must be percent-encoded$/],
    'a space in the path': [get('/v1/clients/a b'), 400],
    'a NUL in a header': [get('/healthz', 'X: a\0b\r\n'), 400],
    'a folded header': [get('/healthz', 'X: a\r\n b\r\n'), 400],
    'a header without a colon': [get('/healthz', 'X\r\n'), 400],
    'a space before the colon': [get('/healthz', 'X : a\r\n'), 400],
    'lines without CR': ['GET /healthz HTTP/1.1\nHost: localhost\n\n', 400],
    'both lengths': [`${CHUNKED}Content-Length: 5\r\n\r\n5\r\n`, 400],
    'two lengths': [`${SIZED}Content-Length: 5\r\n\r\n${REPORT}`, 400],
    'a negative length': [`${PUT}Content-Length: -1\r\n\r\n${REPORT}`, 400],
    'a huge length': [`${PUT}Content-Length: ${'9'.repeat(30)}\r\n\r\n${REPORT}`, 400],
    'a bad chunk size': [`${CHUNKED}\r\nzz\r\n${REPORT}\r\n0\r\n\r\n`, 400],
    'a huge chunk size': [`${CHUNKED}\r\n${'f'.repeat(30)}\r\n${REPORT}`, 400],
    'a chunk with too many bytes': [`${CHUNKED}\r\n1\r\n${REPORT}\r\n0\r\n\r\n`, 400],
    'a long chunk extension': [`${CHUNKED}\r\n${SIZE};${'x'.repeat(40_000)}\r\n${REPORT}\r\n0\r\n\r\n`, 400],
    'a long trailer': [
      `${CHUNKED}\r\n${SIZE}\r\n${REPORT}\r\n0\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      431,
      /^the header has more than 32768 bytes$/,
    ],
    'a long header': [get('/healthz', `X: ${'x'.repeat(40_000)}\r\n`), 431, /^the header has more /],
    'a long URL': [get(`/${'x'.repeat(40_000)}`), 431, /^the header has more /],
    CONNECT: [`CONNECT localhost:1 HTTP/1.1\r\n${HOST}\r\n`, 501, /^this server is not a proxy/],
    'half a header': ['GET /healthz HTTP/1.1\r\nHo', 400, /^the connection was closed in the middle/],
    'half a body': [`${SIZED}\r\n{`, 400, /^the connection was closed in the middle/],
  }
  for (const [title, [bytes, status, detail = UNREADABLE]] of Object.entries(cases)) {
    const isCut = title.startsWith('half')
    const found = await answers(herd, isCut ? bytes : `${bytes}${get('/healthz')}`, isCut)
    t.match(found, [[status, detail]], title)
    t.equal(found.length, 1, title)
  }
  t.equal((await herd.ask('GET /v1/clients/kiwi')).status, 404)
  t.match(
    herd.servers.logs.get('Clark')?.entries.filter(({ kind }) => kind === 'refused'),
    Object.values(cases).map(() => ({ line: 'HTTP request', why: /./ })),
    'each is logged',
  )
})

t.test('what is odd but allowed is served, and the next request too', async (t) => {
  const herd = await WebHerd.start(t)
  const cases: Record<string, string> = {
    'a chunk extension': `${CHUNKED}\r\n${SIZE};a="b"\r\n${REPORT}\r\n0\r\n\r\n`,
    'chunks of one byte': `${CHUNKED}\r\n${REPORT.replaceAll(/./g, '1\r\n$&\r\n')}0\r\n\r\n`,
    'a trailer': `${CHUNKED}\r\n${SIZE}\r\n${REPORT}\r\n0\r\nX: a\r\n\r\n`,
    'empty lines before a request': `\r\n\r\n${get('/healthz')}`,
    'a URL in place of a path': `GET http://LOCALHOST:1/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
    'an upgrade to HTTP/2': get(
      '/healthz',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n',
    ),
    'an upgrade to WebSocket': get('/healthz', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
    'an upgrade with a body': `${SIZED}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n${REPORT}`,
    'a body of a GET': get('/healthz', `Content-Length: ${REPORT.length}\r\n`) + REPORT,
    '3,000 headers': get('/healthz', 'a:b\r\n'.repeat(3_000)),
  }
  for (const [title, bytes] of Object.entries(cases))
    t.same(await answersInTurn(herd, bytes), [200, 200], title)
})

t.test(
  'what is read and not allowed is answered with a problem, and the next request is served',
  async (t) => {
    const herd = await WebHerd.start(t)
    const cases: Record<string, [bytes: string, status: number, detail: RegExp]> = {
      'two hosts': [get('/healthz', 'host: localhost\r\n'), 400, /^the request has two Host headers$/],
      'the URL of another site': [`GET http://evil.example HTTP/1.1\r\n${HOST}\r\n`, 421, /evil\.example/],
      'a URL without a path': [
        `GET http://localhost?a HTTP/1.1\r\n${HOST}\r\n`,
        404,
        /^there is nothing here/,
      ],
      'OPTIONS *': [`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 404, /^there is nothing here/],
      OPTIONS: [`OPTIONS /healthz HTTP/1.1\r\n${HOST}\r\n`, 405, /^only GET, HEAD can be used here$/],
      TRACE: [`TRACE /healthz HTTP/1.1\r\n${HOST}\r\n`, 405, /^only GET, HEAD can be used here$/],
      'an unknown expectation': [
        get('/healthz', 'Expect: a\r\n'),
        417,
        /^only "100-continue" can be expected$/,
      ],
      'an unknown transfer coding': [
        `${PUT}Transfer-Encoding: gzip, chunked\r\n\r\n${SIZE}\r\n${REPORT}\r\n0\r\n\r\n`,
        501,
        /other than chunked$/,
      ],
      'a long body': [
        `${PUT}Content-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n${'x'.repeat(MAX_BODY_BYTES + 1)}`,
        413,
        /^the body has more than 1048576 bytes$/,
      ],
    }
    for (const [title, [bytes, status, detail]] of Object.entries(cases))
      t.match(await answersInTurn(herd, bytes), [[status, detail], 200], title)
  },
)

t.test('a client is told to send its body only if it is wanted', async (t) => {
  const herd = await WebHerd.start(t)
  const expect = 'Expect: 100-continue\r\n'
  const peer = await Peer.connect(herd.httpPort('Clark'))
  peer.write(`${SIZED}${expect}\r\n`)
  t.equal(await peer.read('\r\n\r\n'), 'HTTP/1.1 100 Continue\r\n\r\n')
  peer.write(REPORT)
  t.match(await peer.read('}\n'), /^HTTP\/1\.1 200 /)
  peer.write(`${PUT}Content-Length: ${MAX_BODY_BYTES + 1}\r\n${expect}\r\n`)
  t.match(await peer.closed, /^HTTP\/1\.1 413 [^]*connection: close/i)
})

t.test('a request that cannot be read is answered after those before it', async (t) => {
  const herd = await WebHerd.start(t)
  const wait = get('/v1/clients/lime?wait=1ms')
  const notFound = [404, 'the herd has no report of this client']
  t.match(await answers(herd, `${wait}GARBAGE\r\n\r\n`), [notFound, [400, UNREADABLE]])
  const bad = `${CHUNKED}\r\nzz\r\n`
  t.match(await answers(herd, `${wait}${get('/healthz')}${bad}`), [notFound, 200, [400, UNREADABLE]])
  const last = get('/v1/clients/lime?wait=1ms', 'Connection: close\r\n')
  t.match(
    await answers(herd, `${last}${get('/healthz')}`),
    [notFound],
    'nothing after the last request is served',
  )
  const many = await answers(herd, get('/healthz').repeat(MAX_PIPELINED + 2))
  t.match(many, [...Array.from({ length: MAX_PIPELINED }, () => 200), [429, /^more than 16 requests wait/]])
})

t.test('HEAD is answered like GET, without a body', async (t) => {
  const herd = await WebHerd.start(t)
  await herd.ask('PUT /v1/clients/kiwi', { body: JSON.parse(REPORT) })
  const paths = [
    '',
    '/kiwi',
    '/kiwi?f=geojson',
    '/kiwi/places',
    '/lime',
    '?near=1,2',
    '?bbox=0,0,3,3',
    '?limit=x',
  ]
  for (const path of ['/healthz', '/readyz', '/openapi.json', ...paths.map((path) => `/v1/clients${path}`)]) {
    const get = await herd.ask(`GET ${path}`)
    const head = await herd.ask(`HEAD ${path}`)
    t.same([head.status, head.text], [get.status, ''], path)
    t.same({ ...head.headers, date: '' }, { ...get.headers, date: '' }, path)
  }
  t.equal((await herd.ask('HEAD /v1/herd')).status, 200)
})

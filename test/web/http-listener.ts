import t from 'tap'
import { Peer } from '../fixtures/peer.js'
import { send, WebHerd } from '../fixtures/web-herd.js'
import { ByteBudget } from '../../src/web/byte-budget.js'
import { UNCOUNTED_BYTES } from '../../src/web/http-limits.js'

const GET = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'

t.test('requests of one connection are answered in order, and no more than 16 may wait', async (t) => {
  const herd = await WebHerd.start(t)
  const peer = await Peer.connect(herd.httpPort('Clark'))
  const put = '{"position":{"latitude":1,"longitude":2},"time":5}'
  peer.write(
    `PUT /v1/clients/kiwi HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${put.length}\r\n\r\n${put}` +
      'GET /v1/clients/kiwi HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  )
  const received = await peer.closed
  t.match(received, /"isNewest":true[^]*"time":"5"\}\n$/)
  const flooder = await Peer.connect(herd.httpPort('Clark'))
  flooder.write(GET.repeat(17))
  await flooder.closed
})

t.test('what is no HTTP is refused with a problem', async (t) => {
  const herd = await WebHerd.start(t)
  const cases: [text: string, status: RegExp][] = [
    ['IAMAT kiwi +1+2 5\n', /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/],
    [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(33_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 [^]*no Host header/],
    [
      'PUT /v1/clients/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
  ]
  for (const [text, status] of cases) {
    const peer = await Peer.connect(herd.httpPort('Clark'))
    peer.write(text)
    peer.end()
    t.match(await peer.closed, status)
  }
})

t.test('an upload that breaks off, and a client that leaves while it waits, cost nothing', async (t) => {
  const herd = await WebHerd.start(t)
  const upload = await Peer.connect(herd.httpPort('Clark'))
  upload.write('PUT /v1/clients/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{')
  upload.destroy()
  const waiting = await Peer.connect(herd.httpPort('Clark'))
  waiting.write('GET /v1/clients/a?wait=30s HTTP/1.1\r\nHost: localhost\r\n\r\n')
  t.equal((await herd.ask('GET /healthz')).status, 200)
  waiting.socket.resetAndDestroy()
  t.equal((await herd.ask('GET /healthz')).status, 200)
})

t.test('a stop answers what waits, and closes all connections at once', async (t) => {
  const herd = await WebHerd.start(t)
  const port = herd.httpPort('Clark')
  const silent = await Peer.connect(port)
  const idle = await Peer.connect(port)
  idle.write(GET)
  await idle.read('}\n')
  const waiting = send(port, 'GET /v1/clients/kiwi?wait=30s', {})
  await herd.ask('GET /healthz')
  await herd.ask('GET /v1/clients')
  const stopped = herd.servers.herd.stop('Clark')
  t.match(await waiting, { status: 503, json: { detail: 'the server is stopping' } })
  await Promise.all([silent.closed, idle.closed, stopped])
})

t.test('a failure is logged, and answered with 500', async (t) => {
  const faults: string[] = []
  const herd = await WebHerd.start(t, {
    listener: {
      loadApi: () => Promise.reject(new Error('no file')),
      onFault: (why) => {
        faults.push(why)
      },
    },
  })
  t.equal((await send(herd.httpPort('Clark'), 'GET /healthz', {})).status, 500)
  t.same(faults, ['GET over HTTP has failed: Error: no file'])
})

t.test('memory is taken only while there is some', async (t) => {
  const budget = new ByteBudget(10)
  t.ok(budget.take(UNCOUNTED_BYTES + 10))
  t.notOk(budget.take(UNCOUNTED_BYTES + 1))
  t.ok(budget.take(UNCOUNTED_BYTES), 'what is short needs none')
  budget.give(UNCOUNTED_BYTES)
  budget.give(UNCOUNTED_BYTES + 10)
  t.ok(budget.take(UNCOUNTED_BYTES + 5))
  t.ok(budget.take(UNCOUNTED_BYTES + 10, UNCOUNTED_BYTES + 5), 'a body that grows takes the difference')
  t.notOk(budget.take(UNCOUNTED_BYTES + 11, UNCOUNTED_BYTES + 10))
})

t.test('a stop closes what does not end by itself, after the timeout', async (t) => {
  let answer: () => void = () => undefined
  const asked = new Promise<void>((resolve) => (answer = resolve))
  const herd = await WebHerd.start(t, {
    listener: {
      loadApi: () => {
        answer()
        return new Promise(() => undefined)
      },
    },
  })
  const peer = await Peer.connect(herd.httpPort('Clark'))
  peer.write(GET + GET)
  await asked
  await herd.servers.herd.stopAll(1)
  t.equal(await peer.closed, '')
})

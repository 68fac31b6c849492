import { createServer, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { fetchBody } from '../../src/places/fetch.js'
import { startService } from '../fixtures/places-service.js'

const { signal } = new AbortController()

interface TestProxy {
  readonly url: URL
  /** The request lines and credentials of all requests so far. */
  readonly asked: { readonly line: string; readonly headers: IncomingHttpHeaders }[]
}

/** A proxy that passes requests on, or answers CONNECT with a status other than 200. */
async function startProxy(t: Test, status = 200): Promise<TestProxy> {
  const asked: TestProxy['asked'] = []
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request
    asked.push({ line: `${method} ${url}`, headers })
    void fetch(url).then(async (answer) => response.end(await answer.text()))
  })
  server.on('connect', ({ url = '', headers }, client) => {
    asked.push({ line: `CONNECT ${url}`, headers })
    client.on('error', () => undefined)
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`)
      return
    }
    const far = connect({ host: '127.0.0.1', port: Number(url.split(':')[1]) })
    far.on('error', () => undefined)
    client.write('HTTP/1.1 200 Yes\r\n\r\n')
    client.pipe(far).pipe(client)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: new URL(`http://me:s%40fe@127.0.0.1:${(server.address() as AddressInfo).port}`), asked }
}

void t.test('a request is sent to the proxy, with its credentials', async (t) => {
  const service = await startService(t, (response) => response.end('[]'))
  const proxy = await startProxy(t)
  const body = await fetchBody(new URL(`${service.url}?a=b`), { proxy: proxy.url }, signal)
  t.equal(body, '[]')
  t.equal(proxy.asked[0]?.line, `GET ${service.url}?a=b`)
  t.match(proxy.asked[0]?.headers, {
    host: new URL(service.url).host,
    'proxy-authorization': `Basic ${Buffer.from('me:s@fe').toString('base64')}`,
  })
})

for (const host of ['localhost', '127.0.0.1'])
  void t.test(
    `a request by TLS to ${host} goes through a tunnel, and the proxy cannot read it`,
    async (t) => {
      const service = await startService(t, () => undefined)
      const proxy = await startProxy(t)
      const { port } = new URL(service.url)
      // The service does not speak TLS, so the handshake ends with a reset or with a fault.
      const call = fetchBody(new URL(`https://${host}:${port}/`), { proxy: proxy.url }, signal)
      await t.rejects(call, { message: /^(failed \(\w+\)|closed the connection through the proxy)$/ })
      t.same(
        proxy.asked.map(({ line }) => line),
        [`CONNECT ${host}:${port}`],
      )
      t.same(service.requests, [])
    },
  )

void t.test('the usual port is named in a request for a tunnel, and a refusal has its status', async (t) => {
  const proxy = await startProxy(t, 407)
  await t.rejects(fetchBody(new URL('https://places.example/'), { proxy: proxy.url }, signal), {
    message: 'cannot be reached: the proxy answered 407 (proxy authentication required)',
  })
  t.equal(proxy.asked[0]?.line, 'CONNECT places.example:443')
})

void t.test('a proxy that is silent is left when the time is up', async (t) => {
  const proxy = createServer()
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => proxy.close())
  const connected = once(proxy, 'connect') as Promise<[unknown, Socket]>
  const timeUp = new AbortController()
  const url = new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
  const call = fetchBody(new URL('https://places.example/'), { proxy: url }, timeUp.signal)
  const [, client] = await connected
  t.teardown(() => client.destroy())
  const ended = once(client.resume(), 'end')
  timeUp.abort()
  await t.rejects(call, { message: 'failed (ERR_ABORTED)' })
  await ended
})

for (const scheme of ['http', 'https'])
  void t.test(`a proxy that is not there is named in the error of ${scheme}`, async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await once(server.close(), 'close')
    const proxy = new URL(`http://127.0.0.1:${port}`)
    await t.rejects(fetchBody(new URL(`${scheme}://places.example/`), { proxy }, signal), {
      message: 'cannot be reached through the proxy',
    })
  })

void t.test('a proxy may speak TLS itself', async (t) => {
  const plain = await startProxy(t)
  const proxy = new URL(plain.url.href.replace('http:', 'https:'))
  // This one does not.
  await t.rejects(fetchBody(new URL('http://places.example/'), { proxy }, signal), { message: /^failed/ })
  t.same(plain.asked, [])
})

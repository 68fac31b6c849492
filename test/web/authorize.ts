import type { IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { MAX_HIDDEN } from '../../src/server/read-filter.js'
import { authorize } from '../../src/web/authorize.js'
import { EntriesLog } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'
import { send, WebHerd } from '../fixtures/web-herd.js'
import { TestTokens } from '../fixtures/tokens.js'

const RIGHTS = {
  trucks: 'report:truck-*,read:truck-*',
  phones: 'report:*',
  admin: 'report:*,read:*,status',
  monitor: 'status',
}

const BODY = { position: { latitude: 1, longitude: 2 }, time: 5 }

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

async function start(t: Test, delayMs = 1): Promise<{ herd: WebHerd; tokens: TestTokens }> {
  const tokens = new TestTokens(RIGHTS, { delayMs })
  const { authorization } = tokens
  const herd = await WebHerd.start(t, { authorization, token: tokens.of('admin') })
  return { herd, tokens }
}

t.test('every request needs a token, except whether the server is alive and ready', async (t) => {
  const { herd, tokens } = await start(t)
  const port = herd.httpPort('Clark')
  const cases: [call: string, status: number, monitor: number][] = [
    ['GET /healthz', 200, 200],
    ['GET /readyz', 200, 200],
    ['GET /openapi.json', 401, 200],
    ['GET /v1/clients', 401, 403],
    ['GET /v1/clients/kiwi', 401, 403],
    ['GET /v1/clients/kiwi/places', 401, 403],
    ['GET /v1/events?client=kiwi', 401, 403],
    ['PUT /v1/clients/kiwi', 401, 403],
    ['DELETE /v1/clients/kiwi', 401, 403],
    ['GET /v1/herd', 401, 200],
    ['GET /metrics', 401, 200],
    ['POST /in/owntracks', 401, 200],
  ]
  for (const [call, status, monitor] of cases) {
    t.equal((await send(port, call, {})).status, status, call)
    t.equal((await send(port, call, { headers: bearer(tokens.of('monitor')) })).status, monitor, call)
  }
  const { headers } = await send(port, 'GET /v1/herd', {})
  t.equal(headers['www-authenticate'], 'Bearer realm="proxyherd", Basic realm="proxyherd"')
  for (const call of ['GET /v1/herd', 'GET /metrics'])
    t.equal((await send(port, call, { headers: bearer(tokens.of('trucks')) })).status, 403)
})

t.test('a token allows what its rights say', async (t) => {
  const { herd, tokens } = await start(t)
  await herd.ask('PUT /v1/clients/car', { body: BODY })
  const headers = bearer(tokens.of('trucks'))
  const statuses: [call: string, status: number][] = [
    ['PUT /v1/clients/truck-7', 200],
    ['PUT /v1/clients/car', 403],
    ['GET /v1/clients/truck-7', 200],
    ['GET /v1/clients/car', 403],
    ['GET /v1/clients?id=car', 403],
    ['GET /v1/clients/nobody', 403],
    ['GET /v1/clients/truck-8', 404],
    ['GET /v1/clients/truck-7/places', 200],
    ['GET /v1/clients/car/places', 403],
    ['GET /v1/events?client=car', 403],
    ['GET /v1/events?client=truck-7&client=car', 403],
    ['GET /v1/events?around=car&radiusKm=1', 403],
    ['HEAD /v1/events?around=truck-7&radiusKm=1', 200],
    ['HEAD /v1/events?near=1,2&radiusKm=1', 200],
  ]
  for (const [call, status] of statuses) {
    const body = call.startsWith('PUT') ? BODY : undefined
    t.equal((await herd.ask(call, { headers, body })).status, status, call)
  }
  t.match((await herd.ask('GET /v1/clients', { headers })).json, { clients: [{ id: 'truck-7' }], next: null })
  const all = (await herd.ask('GET /v1/clients')).json['clients'] as unknown[]
  t.equal(all.length, 2)
  t.match((await herd.ask('GET /v1/clients?limit=1', { headers })).json, {
    clients: [{ id: 'truck-7' }],
    next: null,
  })
})

t.test('near is refused where too many clients are hidden', async (t) => {
  const { herd, tokens } = await start(t)
  const car = (index: number): string => `IAMAT car-${index} +34-118.${index} 5\n`
  const cars = Array.from({ length: MAX_HIDDEN + 1 }, (_, index) => car(index)).join('')
  await herd.servers.ask('Clark', `AUTH ${tokens.of('admin')}\n${cars}`)
  const near = 'GET /v1/clients?near=34,-118&radiusKm=200'
  const refused = await herd.ask(near, { headers: bearer(tokens.of('trucks')) })
  t.match(refused.json, { status: 400, detail: /^more than 50000 clients in this radius are hidden/ })
  t.equal((await herd.ask(near)).status, 200)
})

t.test('a token may be a password, with any user', async (t) => {
  const { herd, tokens } = await start(t)
  const cases: [headers: Record<string, string>, status: number][] = [
    [basic('jane', tokens.of('admin')), 200],
    [basic('', tokens.of('admin')), 200],
    [basic(tokens.of('admin'), ''), 401],
    [{ authorization: `bearer   ${tokens.of('admin')}  ` }, 200],
    [{ authorization: `BASIC ${Buffer.from(`:${tokens.of('admin')}`).toString('base64')}` }, 200],
    [{ authorization: `Digest ${tokens.of('admin')}` }, 401],
    [{ authorization: tokens.of('admin') }, 401],
    [{ authorization: 'Basic %%%' }, 401],
    [{ authorization: '' }, 401],
    [bearer(`${tokens.of('admin')}x`), 401],
    [bearer('x'.repeat(20_000)), 401],
  ]
  for (const [headers, status] of cases)
    t.equal(
      (await herd.ask('GET /v1/clients', { headers })).status,
      status,
      JSON.stringify(headers).slice(0, 60),
    )
  const refused = await herd.ask('GET /v1/clients', { headers: bearer('x') })
  t.match(refused.headers['www-authenticate'], /^Bearer realm="proxyherd", error="invalid_token", Basic /)
  t.equal(refused.json['detail'], 'the token is refused: there is no such token')
})

t.test('two tokens in one request are none', async (t) => {
  const { herd, tokens } = await start(t)
  const peer = await Peer.connect(herd.httpPort('Clark'))
  const header = `Authorization: Bearer ${tokens.of('admin')}\r\n`
  peer.write(`GET /v1/clients HTTP/1.1\r\nHost: localhost\r\n${header}${header}Connection: close\r\n\r\n`)
  t.match(await peer.closed, /^HTTP\/1\.1 400 [^]*more than one Authorization header/)
})

t.test('apps may send a token in the URL, if it allows nothing but reports', async (t) => {
  const { herd, tokens } = await start(t)
  const port = herd.httpPort('Clark')
  const report = 'id=kiwi&lat=1&lon=2&timestamp=5'
  const cases: [path: string, status: number][] = [
    [`/in/osmand?token=${tokens.of('phones')}&${report}`, 200],
    [`/in/osmand?${report}&%74oken=${tokens.of('phones').replace('_', '%5F')}`, 200],
    [`/in/osmand?token=${tokens.of('trucks')}&${report}`, 403],
    [`/in/osmand?token=${tokens.of('phones')}x&${report}`, 401],
    [`/in/osmand?token=&${report}`, 401],
    [`/in/osmand?token=%zz${tokens.of('phones')}&${report}`, 401],
    [`/in/osmand?${report}`, 401],
    [`/v1/clients?token=${tokens.of('phones')}`, 401],
    [`/in/osmand%3Ftoken=${tokens.of('phones')}&${report}`, 404],
    [`/in/osmand;TOKEN%3D${'x'.repeat(9)}`, 404],
    [`/in/osmand#?token=${tokens.of('phones')}&${report}`, 404],
  ]
  for (const [path, status] of cases) t.equal((await send(port, `GET ${path}`, {})).status, status, path)
  const inUrl = await send(port, `GET /in/osmand?token=x&${report}`, { headers: bearer(tokens.of('admin')) })
  t.equal(inUrl.status, 401, 'the one in the URL counts')
  const logged = JSON.stringify(herd.servers.logs.get('Clark')?.entries)
  for (const name of Object.keys(RIGHTS)) t.notOk(logged.includes(tokens.of(name).slice(10)), name)
  t.match(logged, /"path":"\/\.\.\."/)
  t.notOk(logged.includes('xxx'))
})

t.test(
  'a batch of an app is refused where the token does not allow a report, and the rest is taken in',
  async (t) => {
    const { herd, tokens } = await start(t)
    const feature = (id: string): object => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [2, 1] },
      properties: { timestamp: '2021-05-19T05:07:08Z', device_id: id },
    })
    const body = { locations: [feature('car'), feature('truck-7')] }
    const refused = await herd.ask('POST /in/overland', { body, headers: bearer(tokens.of('trucks')) })
    t.equal(refused.status, 403)
    t.equal((await herd.ask('GET /v1/clients/truck-7')).status, 200)
    t.equal((await herd.ask('GET /v1/clients/car')).status, 404)
    t.equal((await herd.ask('POST /in/overland', { body })).status, 200)
  },
)

t.test('a request is logged with its token, and a connection with the first', async (t) => {
  const { herd, tokens } = await start(t)
  const peer = await Peer.connect(herd.httpPort('Clark'))
  const get = (token: string): string =>
    `GET /v1/herd HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
  peer.write(get(tokens.of('admin')) + get(tokens.of('admin')) + get('x') + get(tokens.of('monitor')))
  for (let answer = 0; answer < 4; answer += 1) await peer.read('}\n')
  peer.destroy()
  const entries = herd.servers.logs.get('Clark')?.entries ?? []
  const who = entries.flatMap((entry) => (entry.kind === 'http' ? entry.who : []))[0]
  const http = { kind: 'http', who, method: 'GET', path: '/v1/herd' }
  t.same(
    entries.filter(({ kind }) => kind === 'http' || kind === 'token'),
    [
      { kind: 'token', what: 'accepted', who, token: 'admin' },
      { ...http, status: 200, token: 'admin' },
      { ...http, status: 200, token: 'admin' },
      { kind: 'token', what: 'refused', who, why: 'there is no such token', failures: 1 },
      { ...http, status: 401 },
      { kind: 'token', what: 'accepted', who, token: 'monitor' },
      { ...http, status: 200, token: 'monitor' },
    ],
  )
})

t.test(
  'a revoked token is refused, also on a connection that is open and while a request waits',
  async (t) => {
    const { herd, tokens } = await start(t)
    const headers = bearer(tokens.of('trucks'))
    const waiting = herd.ask('GET /v1/clients/truck-7?wait=30s', { headers })
    while (
      !herd.servers.logs.get('Clark')?.entries.some((entry) => 'token' in entry && entry.token === 'trucks')
    )
      await new Promise((resolve) => setImmediate(resolve))
    tokens.reload({ admin: RIGHTS.admin })
    t.equal((await herd.ask('GET /v1/clients', { headers })).status, 401)
    await herd.servers.herd.stopAll()
    t.equal((await waiting).status, 503)
  },
)

t.test(
  'of many requests with wrong tokens a few are delayed, and the others are refused at once',
  async (t) => {
    const { herd } = await start(t, 50)
    const port = herd.httpPort('Clark')
    const ask = async (): Promise<number> =>
      (await send(port, 'GET /v1/clients', { headers: bearer('x') })).status
    const statuses = await Promise.all(Array.from({ length: 100 }, ask))
    t.ok(statuses.filter((status) => status === 401).length >= 16)
    t.ok(statuses.every((status) => status === 401 || status === 429))
    t.ok(statuses.includes(429))
  },
)

t.test('a token that came over a plain connection from another machine is refused', async (t) => {
  for (const allowsPlain of [false, true]) {
    const tokens = new TestTokens(RIGHTS, { allowsPlain })
    const log = new EntriesLog()
    const socket = { remoteAddress: '192.0.2.1', remotePort: 5 }
    const headersDistinct = { authorization: [`Bearer ${tokens.of('admin')}`] }
    const access = await authorize(tokens.authorization, {
      message: { socket, headersDistinct } as unknown as IncomingMessage,
      requests: { log },
      route: {},
      query: '',
      signal: new AbortController().signal,
    })
    if (allowsPlain) t.match(access, { token: 'admin' })
    else t.match(access, { status: 401, detail: /without TLS/ })
    t.match(log.entries, [{ kind: 'token', what: allowsPlain ? 'accepted' : 'refused', token: 'admin' }])
  }
})

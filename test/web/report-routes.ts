import t from 'tap'
import { CAFE } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'
import { WebHerd } from '../fixtures/web-herd.js'

const NOW = '1621464828.223371889'

t.test('a report is answered as every server shows it, with its digits', async (t) => {
  const herd = await WebHerd.start(t)
  const body = { position: { latitude: '+34.0600', longitude: -118.44 }, time: '1621464827.9' }
  const put = await herd.ask('PUT /v1/clients/kiwi', { body })
  const report = {
    id: 'kiwi',
    server: 'Clark',
    skew: '+0.323371889',
    position: { latitude: '34.0600', longitude: '-118.44' },
    time: '1621464827.9',
  }
  t.same(put.json, { ...report, isNewest: true })
  for (const server of ['Clark', 'Juzang'])
    t.same((await herd.askServer(server, 'GET /v1/clients/kiwi')).json, report)
  const line = await herd.servers.ask('Jaquez', 'WHATSAT kiwi 1 1\n')
  t.equal(line, `AT Clark +0.323371889 kiwi +34.0600-118.44 1621464827.9\n${CAFE}\n\n`)
})

t.test('a stale report is answered, and the newer one is kept', async (t) => {
  const herd = await WebHerd.start(t)
  const position = { latitude: 1, longitude: 2 }
  await herd.ask('PUT /v1/clients/kiwi', { body: { position, time: 10 } })
  const stale = await herd.ask('PUT /v1/clients/kiwi', { body: { position, time: 9 } })
  t.equal(stale.json['isNewest'], false)
  t.equal((await herd.ask('GET /v1/clients/kiwi')).json['time'], '10')
  t.ok(herd.servers.logs.get('Clark')?.entries.some(({ kind }) => kind === 'stale'))
})

t.test('a report without a time is from now, or just after the one that is held', async (t) => {
  const herd = await WebHerd.start(t)
  const position = { type: 'Point', coordinates: [2, 1, 300] }
  const put = async (): Promise<unknown> =>
    (await herd.ask('PUT /v1/clients/kiwi', { body: { position } })).json['time']
  t.equal(await put(), NOW)
  t.equal(await put(), '1621464828.223371890')
  const time = '99999999999999999999.9999999999'
  await herd.ask('PUT /v1/clients/kiwi', { body: { position, time } })
  t.equal(await put(), '100000000000000000000.000000000')
  await herd.ask('PUT /v1/clients/lime', { body: { position, time: 5 } })
  const lime = await herd.ask('PUT /v1/clients/lime', { body: { position } })
  t.equal(lime.json['time'], NOW)
  t.same(lime.json['position'], { latitude: '1', longitude: '2' })
})

t.test('a client ID may have any bytes but white space', async (t) => {
  const herd = await WebHerd.start(t)
  const body = { position: { latitude: 1, longitude: 2 }, time: 5 }
  const cases: [path: string, id: object][] = [
    ['/v1/clients/%FF%00', { idBase64: '/wA=' }],
    ['/v1/clients/k%C3%BCwi', { id: 'küwi' }],
    ['/v1/clients/a+b%2Fc', { id: 'a+b/c' }],
    ['/v1/clients/-?id=..', { id: '..' }],
    [`/v1/clients/${'%61'.repeat(4_096)}`, { id: 'a'.repeat(4_096) }],
  ]
  for (const [path, id] of cases) {
    t.match((await herd.ask(`PUT ${path}`, { body })).json, id)
    t.match((await herd.ask(`GET ${path}`)).json, id)
  }
  t.match((await herd.ask('GET /v1/clients?id=..')).json, { id: '..' })
  for (const path of ['', '%20', 'a%', '%zz', 'a'.repeat(4_097)])
    for (const rest of ['', '/places'])
      t.equal((await herd.ask(`GET /v1/clients/${path}${rest}`)).status, 400, path)
  t.equal((await herd.ask('PUT /v1/clients/%', { body })).status, 400)
})

t.test('a report that has expired is refused, and a client whose report has expired has none', async (t) => {
  // 1,621,464,828 s
  const clock = { ns: 1_621_464_828_000_000_000n }
  const herd = await WebHerd.start(t, { expireSeconds: 60, clock: () => clock.ns })
  const position = { latitude: 1, longitude: 2 }
  const put = (id: string, time: number) =>
    herd.ask(`PUT /v1/clients/${id}`, { body: { position, time: String(time) } })
  t.match((await put('kiwi', 1_621_464_767)).json, {
    status: 400,
    detail: 'the report is refused: its time is before 1621464768, so it has expired',
    errors: [{ pointer: '/time' }],
  })
  t.equal((await put('kiwi', 1_621_464_768)).status, 200)
  t.equal((await put('lime', 1_621_464_769)).status, 200)
  clock.ns += 1_000_000_000n
  // The tick of this request reads the clock.
  await put('plum', 1_621_464_829)
  t.match((await herd.ask('GET /v1/clients/kiwi')).json, { status: 404 })
  t.match((await herd.ask('GET /v1/clients')).json, { clients: [{ id: 'lime' }, { id: 'plum' }] })
})

t.test('what is wrong with a report is named', async (t) => {
  const herd = await WebHerd.start(t, { maxFutureSeconds: 60 })
  const position = { latitude: 1, longitude: 2 }
  const cases: [body: unknown, status: number, detail: RegExp][] = [
    [{ position, time: 1.5 }, 400, /^"\/time" must be POSIX seconds: .*, not 1\.5$/],
    [{ position, time: -1 }, 400, /^"\/time" must be POSIX seconds: .*, not -1$/],
    [{ position, time: 'now' }, 400, /^"\/time" must be POSIX seconds: .*, not "now"$/],
    [{ position, tiem: 1 }, 400, /^"\/tiem" is unknown; this request takes "position", "time"$/],
    [{ position, 'a/b~': 1 }, 400, /^"\/a~1b~0" is unknown; /],
    [{}, 400, /^"\/position" is missing$/],
    [{ position: 5 }, 400, /^"\/position" must be .* or a GeoJSON Point, not 5$/],
    [{ position: null }, 400, /^"\/position" must be .* or a GeoJSON Point, not null$/],
    [{ position: { lat: 1 } }, 400, /^"\/position\/latitude" is missing; .*; "\/position\/lat" is unknown$/],
    [
      { position: { latitude: 'x'.repeat(300), longitude: 1 } },
      400,
      /^"\/position\/latitude" must be decimal degrees/,
    ],
    [{ position: { coordinates: [1, 2] } }, 400, /^"\/position\/type" is missing$/],
    [
      { position: { type: 'Point', coordinates: [1] } },
      400,
      /^"\/position\/coordinates" must be a list of .*, not \[1\]$/,
    ],
    [{ position: { latitude: 91, longitude: 2 } }, 400, /^the latitude "91" /],
    [{ position: { latitude: 1, longitude: 'x' } }, 400, /^the longitude "x" /],
    [{ position, time: 1621464889 }, 400, /more than 60 s ahead/],
    ['', 400, /^the body is empty$/],
    ['{', 400, /^the body is not JSON$/],
    ['1', 400, /^the body must be an object with "position" and perhaps "time", not 1$/],
    ['"'.padEnd(1024 * 1024 + 1, 'x'), 413, /more than 1048576 bytes/],
  ]
  for (const [body, status, detail] of cases) {
    const refused = await herd.ask('PUT /v1/clients/kiwi', { body })
    t.match(refused.json, { status, detail })
  }
  const headers: [Record<string, string>, number][] = [
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-encoding': 'gzip' }, 415],
    [{ 'content-encoding': 'identity' }, 200],
    [{ 'content-type': 'application/geo+json; charset=utf-8', 'transfer-encoding': 'chunked' }, 200],
  ]
  for (const [more, status] of headers)
    t.equal((await herd.ask('PUT /v1/clients/kiwi', { body: { position }, headers: more })).status, status)
  const peer = await Peer.connect(herd.httpPort('Clark'))
  peer.write('PUT /v1/clients/kiwi HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  t.match(await peer.closed, /^HTTP\/1\.1 411 /)
  const long = 'x'.repeat(1024 * 1024 + 1)
  const chunked = { body: long, headers: { 'transfer-encoding': 'chunked' } }
  t.equal((await herd.ask('PUT /v1/clients/kiwi', chunked)).status, 413)
})

t.test('a report is refused while the memory is full, and if it cannot be written to disk', async (t) => {
  const full = await WebHerd.start(t, { maxMemoryBytes: 0 })
  const body = { position: { latitude: 1, longitude: 2 } }
  t.match((await full.ask('PUT /v1/clients/kiwi', { body })).json, { status: 503, detail: /memory/ })
  let isSafe = true
  const store = {
    flush: () => undefined,
    committed: () => Promise.resolve(isSafe),
    close: () => Promise.resolve(0),
    status: { unsaved: 0, fault: undefined, lost: 0 },
  }
  const herd = await WebHerd.start(t, {
    commitsFirst: true,
    openStore: () => Promise.resolve(store as never),
  })
  t.equal((await herd.ask('PUT /v1/clients/kiwi', { body })).status, 200)
  t.equal((await herd.ask('GET /in/osmand?id=lime&lat=1&lon=2')).status, 200)
  isSafe = false
  t.match((await herd.ask('PUT /v1/clients/kiwi', { body })).json, { status: 503, detail: /disk/ })
  t.match((await herd.ask('GET /in/osmand?id=lime&lat=1&lon=2')).json, { status: 503, detail: /disk/ })
})

t.test('a report has a tag, with which it is not sent again', async (t) => {
  const herd = await WebHerd.start(t)
  t.equal((await herd.ask('GET /v1/clients/kiwi')).status, 404)
  await herd.ask('PUT /v1/clients/kiwi', { body: { position: { latitude: 1, longitude: 2 }, time: 5 } })
  const { etag = '' } = (await herd.ask('GET /v1/clients/kiwi')).headers
  t.equal((await herd.askServer('Juzang', 'GET /v1/clients/kiwi')).headers.etag, etag)
  for (const tag of [etag, `"x", W/${etag}`, '*']) {
    const response = await herd.ask('GET /v1/clients/kiwi', { headers: { 'if-none-match': tag } })
    t.same([response.status, response.text, response.headers.etag], [304, '', etag])
  }
  const geoJson = await herd.ask('GET /v1/clients/kiwi?f=geojson', { headers: { 'if-none-match': etag } })
  t.match(geoJson.json, { type: 'Feature', geometry: { coordinates: [2, 1] }, properties: { id: 'kiwi' } })
  const accepted = await herd.ask('GET /v1/clients/kiwi', { headers: { accept: 'application/geo+json' } })
  t.same(accepted.json, geoJson.json)
  t.same((await herd.ask('HEAD /v1/clients/kiwi')).text, '')
})

t.test('a request waits until the server has a report that new', async (t) => {
  const herd = await WebHerd.start(t)
  const waiting = herd.askServer('Jaquez', 'GET /v1/clients/kiwi?atLeast=5.5&wait=20s')
  const put = (time: string): Promise<unknown> =>
    herd.ask('PUT /v1/clients/kiwi', { body: { position: { latitude: 1, longitude: 2 }, time } })
  await put('5.4')
  const other = herd.ask('GET /v1/clients/kiwi?atLeast=5.6&wait=20000ms')
  await put('5.50')
  t.equal((await waiting).json['time'], '5.50')
  await put('6')
  t.equal((await other).json['time'], '6')
  const late = await herd.ask('GET /v1/clients/kiwi?atLeast=7&wait=1ms')
  t.match(late.json, {
    status: 404,
    detail: 'the herd has no report of this client with the time 7 or a later one',
  })
  t.equal((await herd.ask('GET /v1/clients/kiwi?wait=31s')).status, 400)
})

t.test('places are those of a WHATSAT', async (t) => {
  const herd = await WebHerd.start(t)
  t.equal((await herd.ask('GET /v1/clients/kiwi/places')).status, 404)
  await herd.ask('PUT /v1/clients/kiwi', { body: { position: { latitude: 1, longitude: 2 }, time: 5 } })
  const { json } = await herd.ask('GET /v1/clients/kiwi/places?radiusKm=1&limit=1')
  t.match(json, { report: { id: 'kiwi' }, places: { results: [{ name: 'Café' }] } })
  for (const [parameter, value] of Object.entries({
    radiusKm: ['51', '1 ', '..', 'ü'],
    limit: ['21', '1.5', '\n', ''],
  }))
    for (const text of value) {
      const { json } = await herd.ask(`GET /v1/clients/kiwi/places?${parameter}=${encodeURIComponent(text)}`)
      t.match(json, { status: 400, errors: [{ parameter }] })
      t.match(json['detail'], new RegExp(`^"${parameter}" must be a .*number from 0 to \\d+, not "${text}"$`))
      t.equal((json['errors'] as unknown[]).length, 1)
    }
  const unknown = await herd.ask('GET /v1/clients/kiwi/places?%C3%BC=1')
  t.equal(unknown.json['detail'], '"ü" is unknown; this request takes "id", "radiusKm", "limit"')
  t.equal(
    (await herd.ask('GET /healthz?x=1')).json['detail'],
    '"x" is unknown; this request takes no parameters',
  )
})

import t from 'tap'
import { WebHerd } from '../fixtures/web-herd.js'

t.test('apps report, and get the reply that they need', async (t) => {
  const herd = await WebHerd.start(t, { maxFutureSeconds: 60 })
  const body = { _type: 'location', lat: 1.5, lon: 2, tst: 5, topic: 'owntracks/a/b' }
  t.equal((await herd.ask('POST /in/owntracks', { body })).text, '[]')
  t.match((await herd.ask('GET /v1/clients/a%2Fb')).json, { position: { latitude: '1.5' }, time: '5' })
  t.equal((await herd.ask('GET /in/osmand?id=kiwi&lat=1&lon=2')).status, 200)
  t.equal((await herd.ask('POST /in/osmand?id=kiwi&lat=1&lon=2')).status, 200)
  t.equal((await herd.ask('POST /in/owntracks', { body: { _type: 'status' } })).text, '[]')
  t.equal((await herd.ask('GET /in/osmand?lat=1&lon=2')).status, 400)
})

t.test('a report whose time is too far ahead is logged, so that the app goes on', async (t) => {
  const herd = await WebHerd.start(t, { maxFutureSeconds: 60 })
  t.equal((await herd.ask('GET /in/osmand?id=kiwi&lat=1&lon=2&timestamp=1621464889')).status, 200)
  t.equal((await herd.ask('GET /v1/clients/kiwi')).status, 404)
  const refused = herd.servers.logs.get('Clark')?.entries.find(({ kind }) => kind === 'refused')
  t.match(refused, { why: /more than 60 s ahead/ })
})

t.test('of a batch, what is right is taken in', async (t) => {
  const herd = await WebHerd.start(t)
  const feature = (latitude: number): object => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [2, latitude] },
    properties: { timestamp: '2021-05-19T22:53:47Z', device_id: 'kiwi' },
  })
  const response = await herd.ask('POST /in/overland', { body: { locations: [feature(91), feature(1)] } })
  t.same(response.json, { result: 'ok' })
  t.equal((await herd.ask('GET /v1/clients/kiwi')).status, 200)
  t.ok(herd.servers.logs.get('Clark')?.entries.some(({ kind }) => kind === 'refused'))
})

t.test('an app sends its report again if there is no memory', async (t) => {
  const herd = await WebHerd.start(t, { maxMemoryBytes: 0 })
  t.match((await herd.ask('GET /in/osmand?id=kiwi&lat=1&lon=2')).json, { status: 503, detail: /memory/ })
})

import t from 'tap'
import { osm } from '../../src/places/osm.js'
import { OVERPASS_ANSWER } from '../fixtures/places-answers.js'
import { failsInWords } from '../fixtures/places-failures.js'
import { startService } from '../fixtures/places-service.js'

const { signal } = new AbortController()
const position = { latitude: '34.06', longitude: '-118.44' }

void t.test('sends Overpass a form with a user agent', async (t) => {
  const service = await startService(t, (response) => response.end('{"elements": []}'))
  await osm(service.url).nearby({ position, radiusKm: 0.1 }, signal)
  const [request] = service.requests
  t.equal(request?.method, 'POST')
  t.match(request?.headers, {
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': 'proxyherd',
  })
  t.equal(
    new URLSearchParams(request?.body).get('data'),
    `[out:json][timeout:5];
nwr(around:100,34.06,-118.44)[name][~"^(amenity|shop|tourism|leisure)$"~"."];
out center 500;`,
  )
})

void t.test('asks for wider circles only while there are too few places', async (t) => {
  const service = await startService(t, (response) => response.end('{"elements": []}'))
  await osm(service.url).nearby({ position, radiusKm: 4 }, signal)
  const kinds = '[name][~"^(amenity|shop|tourism|leisure)$"~"."]'
  t.equal(
    new URLSearchParams(service.requests[0]?.body).get('data'),
    `[out:json][timeout:5];
nwr(around:250,34.06,-118.44)${kinds};
if (count(nwr) < 20) { nwr(around:1000,34.06,-118.44)${kinds}; }
if (count(nwr) < 20) { nwr(around:4000,34.06,-118.44)${kinds}; }
out center 500;`,
  )
})

void t.test('converts the answer to the legacy form, nearest first', async (t) => {
  const service = await startService(t, (response) => response.end(JSON.stringify(OVERPASS_ANSWER)))
  const answer = await osm(service.url).nearby({ position, radiusKm: 10 }, signal)
  t.same(JSON.parse(Buffer.from(answer, 'latin1').toString()), {
    html_attributions: ['Data © OpenStreetMap contributors, ODbL 1.0'],
    results: [
      {
        geometry: { location: { lat: 34.0605, lng: -118.44 } },
        name: 'Elmford Green',
        place_id: 'osm:way/73',
        types: ['park'],
      },
      {
        geometry: { location: { lat: 34.061, lng: -118.44 } },
        name: 'Café Zum Löwen',
        place_id: 'osm:node/72',
        types: ['cafe', 'attraction'],
        vicinity: '12 Quince Lane, Elmford',
      },
      {
        geometry: { location: { lat: 34.07, lng: -118.44 } },
        name: 'Far Kiosk',
        place_id: 'osm:node/71',
        types: ['kiosk'],
        vicinity: 'Quince Lane',
      },
    ],
    status: 'OK',
  })
})

void t.test('returns at most the nearest twenty places', async (t) => {
  const elements = Array.from({ length: 21 }, (_, index) => ({
    type: 'node',
    id: index,
    lat: 35 - index / 100,
    lon: -118.44,
    tags: { name: `Kiosk ${index}`, shop: 'kiosk' },
  }))
  const service = await startService(t, (response) => response.end(JSON.stringify({ elements })))
  const answer = await osm(service.url).nearby({ position, radiusKm: 50 }, signal)
  const { results } = JSON.parse(answer) as { results: { name: string }[] }
  t.equal(results.length, 20)
  t.equal(results[0]?.name, 'Kiosk 20')
  t.equal(results[19]?.name, 'Kiosk 1')
})

const foreign = [
  [
    'a query that Overpass gave up on',
    { elements: [], remark: 'runtime error: Query timed out' },
    'gave up on the query',
  ],
  [
    'an element without a position',
    { elements: [{ type: 'node', id: 1, tags: { name: 'Elm' } }] },
    'sent JSON of an unknown form',
  ],
  ['an answer of something else', { hello: 'world' }, 'sent JSON of an unknown form'],
] as const

for (const [title, answer, message] of foreign)
  void t.test(title, async (t) => {
    const service = await startService(t, (response) => response.end(JSON.stringify(answer)))
    await t.rejects(osm(service.url).nearby({ position, radiusKm: 1 }, signal), { message })
  })

void t.test('failures have messages', (t) => {
  failsInWords(t, (url) => osm(url))
  t.end()
})

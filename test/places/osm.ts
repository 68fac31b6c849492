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

void t.test('odd elements are left out, and the others are answered', async (t) => {
  const odd = [
    { type: 'relation', id: 1, tags: { name: 'No Centre', leisure: 'park' } },
    { type: 'node', id: 2, lat: 34.06, lon: -118.44, tags: { shop: 'kiosk' } },
    { type: 'node', id: 3, lat: 34.06, lon: -118.44 },
    { type: 'way', id: 4, center: { lat: null, lon: 1 }, tags: { name: 'No Latitude' } },
    { type: 'count', id: 5, tags: { total: '3' } },
    null,
    'Elm',
  ]
  const elements = [...odd, ...OVERPASS_ANSWER.elements]
  const service = await startService(t, (response) => response.end(JSON.stringify({ elements })))
  const answer = await osm(service.url).nearby({ position, radiusKm: 10 }, signal)
  const { results, status } = JSON.parse(answer) as { results: { place_id: string }[]; status: string }
  t.same(
    results.map(({ place_id: id }) => id),
    ['osm:way/73', 'osm:node/72', 'osm:node/71'],
  )
  t.equal(status, 'OK')
})

void t.test('a remark that is no error does not matter', async (t) => {
  const answer = { ...OVERPASS_ANSWER, remark: 'runtime remark: Query used 12 MB' }
  const service = await startService(t, (response) => response.end(JSON.stringify(answer)))
  t.match(await osm(service.url).nearby({ position, radiusKm: 10 }, signal), '"status": "OK"')
})

const foreign = [
  [
    'a query that took Overpass too long',
    { elements: [], remark: 'runtime error: Query timed out in "query" at line 2 after 6 seconds.' },
    'gave up on the query: it took too long',
  ],
  [
    'a query for which Overpass had too little memory',
    { elements: [], remark: 'runtime error: Query run out of memory using about 2048 MB of RAM.' },
    'gave up on the query: it ran out of memory',
  ],
  [
    'another error of Overpass',
    { elements: [], remark: 'runtime error: open64: 0 Success' },
    'gave up on the query',
  ],
  ['an answer of something else', { hello: 'world' }, 'sent JSON of an unknown form'],
] as const

for (const [title, answer, message] of foreign)
  void t.test(`${title} is an error`, async (t) => {
    const service = await startService(t, (response) => response.end(JSON.stringify(answer)))
    await t.rejects(osm(service.url).nearby({ position, radiusKm: 1 }, signal), { message })
  })

void t.test('failures have messages', (t) => {
  failsInWords(t, (url) => osm(url))
  t.end()
})

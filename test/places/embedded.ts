import { rename } from 'node:fs/promises'
import t from 'tap'
import { writeCities } from '../../src/places/cities.js'
import { embedded } from '../../src/places/embedded.js'
import { Places, type PlacesCall } from '../../src/places/places.js'
import type { PlacesProvider } from '../../src/places/provider.js'

interface Answer {
  readonly html_attributions: string[]
  readonly results: { readonly name: string; readonly vicinity: string }[]
  readonly status: string
}

async function near(
  provider: PlacesProvider,
  latitude: string,
  longitude: string,
  radiusKm: number,
): Promise<Answer> {
  const { signal } = new AbortController()
  const text = await provider.nearby({ position: { latitude, longitude }, radiusKm }, signal)
  return JSON.parse(Buffer.from(text, 'latin1').toString()) as Answer
}

void t.test('answers in the legacy form, with the licence', async (t) => {
  const folder = t.testdir()
  const city = { id: 5, name: 'Löwenau', region: 'CA, Quinceland', latitude: 34.06, longitude: -118.44 }
  await writeCities(folder, [city])
  t.same(await near(embedded(folder), '34.060', '-118.440', 0), {
    html_attributions: [
      'Cities from <a href="https://www.geonames.org/">GeoNames</a>, ' +
        '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>',
    ],
    results: [
      {
        geometry: { location: { lat: 34.06, lng: -118.44 } },
        name: 'Löwenau',
        place_id: 'geonames:5',
        types: ['locality', 'political'],
        vicinity: 'CA, Quinceland',
      },
    ],
    status: 'OK',
  })
})

// These are in the cities that the build embeds.
const known = [
  { at: ['34.06', '-118.44'], radiusKm: 10, name: 'Westwood', vicinity: 'CA, United States' },
  { at: ['47.36667', '8.55'], radiusKm: 0, name: 'Zürich', vicinity: 'ZH, Switzerland' },
  { at: ['-18.14', '178.44'], radiusKm: 5, name: 'Suva', vicinity: 'Fiji' },
] as const

for (const { at, radiusKm, name, vicinity } of known)
  void t.test(`knows ${name}`, async (t) => {
    const [latitude, longitude] = at
    const { results } = await near(embedded(), latitude, longitude, radiusKm)
    t.match(results[0], { name, vicinity })
  })

void t.test('returns at most twenty places', async (t) => {
  const { results } = await near(embedded(), '34.06', '-118.44', 50)
  t.equal(results.length, 20)
})

void t.test('finds no city at sea', async (t) => {
  t.match(await near(embedded(), '0', '0', 50), { results: [], status: 'ZERO_RESULTS' })
})

void t.test('does not look anything up for 0 places', async (t) => {
  const calls: PlacesCall[] = []
  const query = { position: { latitude: '34.06', longitude: '-118.44' }, radiusKm: 10 }
  // Were they looked for, they would not be found.
  const places = new Places(embedded(t.testdir()))
  t.same(JSON.parse(await places.find({ owner: t, query, most: 0, onCall: (call) => calls.push(call) })), {
    html_attributions: [],
    results: [],
    status: 'OK',
  })
  t.same(calls, [])
})

void t.test('fails when its cities are missing, and recovers when they are there again', async (t) => {
  const folder = t.testdir({ away: {} })
  const city = { id: 5, name: 'Elmford', region: 'Quinceland', latitude: 34.06, longitude: -118.44 }
  const query = { position: { latitude: '34.06', longitude: '-118.44' }, radiusKm: 1 }
  const calls: PlacesCall[] = []
  const places = new Places(embedded(`${folder}/here`))
  const lookUp = { owner: t, query, most: 20, onCall: (call: PlacesCall) => calls.push(call) }
  t.match(JSON.parse(await places.find(lookUp)), { results: [], status: 'UNKNOWN_ERROR' })
  await writeCities(`${folder}/away`, [city])
  await rename(`${folder}/away`, `${folder}/here`)
  t.match(JSON.parse(await places.find(lookUp)), { results: [{ name: 'Elmford' }], status: 'OK' })
  t.match(calls, [
    { outcome: 'cannot read its cities, which "npm run build" writes to dist/cities' },
    { outcome: 'ok' },
  ])
})

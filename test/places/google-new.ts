import t from 'tap'
import { googleNew } from '../../src/places/google-new.js'
import { NEW_ANSWER } from '../fixtures/places-answers.js'
import { failsInWords, keyRefusal, SECRET } from '../fixtures/places-failures.js'
import { startService } from '../fixtures/places-service.js'

const { signal } = new AbortController()
const position = { latitude: '34.068930', longitude: '-118.445127' }

void t.test('sends the documented request of Nearby Search (New)', async (t) => {
  const service = await startService(t, (response) => response.end('{}'))
  await googleNew(SECRET, service.url).nearby({ position, radiusKm: 1.2346 }, signal)
  const [request] = service.requests
  t.equal(request?.method, 'POST')
  t.equal(request?.url.href, service.url, 'the key is not in the URL')
  t.match(request?.headers, {
    'content-type': 'application/json',
    'user-agent': 'proxyherd',
    'x-goog-api-key': SECRET,
    'x-goog-fieldmask':
      'places.id,places.displayName,places.location,places.types,places.shortFormattedAddress,' +
      'places.businessStatus,places.rating,places.userRatingCount',
  })
  t.same(JSON.parse(request?.body ?? ''), {
    maxResultCount: 20,
    rankPreference: 'DISTANCE',
    locationRestriction: {
      circle: { center: { latitude: 34.06893, longitude: -118.445127 }, radius: 1235 },
    },
  })
})

void t.test('replaces the radius 0, which the service refuses, by a metre', async (t) => {
  const service = await startService(t, (response) => response.end('{}'))
  await googleNew(SECRET, service.url).nearby({ position, radiusKm: 0 }, signal)
  t.match(service.requests[0]?.body, '"radius":1}')
})

void t.test('converts the answer to the legacy form', async (t) => {
  const service = await startService(t, (response) => response.end(JSON.stringify(NEW_ANSWER)))
  const answer = await googleNew(SECRET, service.url).nearby({ position, radiusKm: 1 }, signal)
  t.same(JSON.parse(Buffer.from(answer, 'latin1').toString()), {
    html_attributions: [],
    results: [
      {
        business_status: 'OPERATIONAL',
        geometry: { location: { lat: 34.061, lng: -118.445 } },
        name: 'Café Zum Löwen',
        place_id: 'place-1',
        rating: 4.5,
        types: ['cafe', 'point_of_interest'],
        user_ratings_total: 213,
        vicinity: '12 Quince Lane, Elmford',
      },
      {
        geometry: { location: { lat: -0.01, lng: 0 } },
        name: 'Null Island Pier',
        place_id: 'place-2',
        types: [],
      },
    ],
    status: 'OK',
  })
})

void t.test('odd places are left out, and the others are answered', async (t) => {
  const odd = [
    { id: 'place-3', location: { latitude: 1, longitude: 1 } },
    { id: 'place-4', displayName: { text: 'Nowhere' } },
    { displayName: { text: 'No Number' }, location: {} },
    null,
  ]
  const body = JSON.stringify({ places: [...odd, ...NEW_ANSWER.places] })
  const service = await startService(t, (response) => response.end(body))
  const answer = await googleNew(SECRET, service.url).nearby({ position, radiusKm: 1 }, signal)
  const { results } = JSON.parse(answer) as { results: { place_id: string }[] }
  t.same(
    results.map(({ place_id: id }) => id),
    ['place-1', 'place-2'],
  )
})

void t.test('an answer without places has no results', async (t) => {
  const service = await startService(t, (response) => response.end('{}'))
  const answer = await googleNew(SECRET, service.url).nearby({ position, radiusKm: 1 }, signal)
  t.same(JSON.parse(answer), { html_attributions: [], results: [], status: 'ZERO_RESULTS' })
})

void t.test('an error is not taken for an answer without places, whatever its status', async (t) => {
  const service = await startService(t, (response) => response.end('{"error": {"message": "denied"}}'))
  await t.rejects(googleNew(SECRET, service.url).nearby({ position, radiusKm: 1 }, signal), {
    message: 'sent JSON of an unknown form',
    detail: '{"error": {"message": "denied"}}',
  })
})

void t.test('failures have messages', (t) => {
  failsInWords(t, (url) => googleNew(SECRET, url), [keyRefusal])
  t.end()
})

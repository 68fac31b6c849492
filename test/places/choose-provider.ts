import type { ServerResponse } from 'node:http'
import t from 'tap'
import { PersonError } from '../../src/person-error.js'
import { chooseProvider, type PlacesChoice } from '../../src/places/choose-provider.js'
import { Places } from '../../src/places/places.js'
import { lookUp } from '../fixtures/look-up.js'
import { LEGACY_ANSWER } from '../fixtures/places-answers.js'
import { PATIENT_MS, SECRET } from '../fixtures/places-failures.js'
import { startService } from '../fixtures/places-service.js'

const chosen: [string, PlacesChoice, string][] = [
  ['nothing', {}, 'embedded'],
  ['only a key', { key: SECRET }, 'google'],
  ['the cities, and a key in the environment', { name: 'embedded', key: SECRET }, 'embedded'],
  ['google', { name: 'google', key: SECRET }, 'google'],
  ['google-new', { name: 'google-new', key: SECRET }, 'google-new'],
  ['osm', { name: 'osm' }, 'osm'],
]

for (const [title, choice, name] of chosen)
  void t.test(`${title} chooses ${name}`, (t) => {
    t.equal(chooseProvider(choice).name, name)
    t.end()
  })

const refused: [PlacesChoice, string][] = [
  [{ name: 'google', key: '' }, 'the places service "google" needs an API key'],
  [{ name: 'google-new' }, 'the places service "google-new" needs an API key'],
  [{ key: '' }, 'the places service "google" needs an API key'],
  [{ url: 'http://127.0.0.1/' }, 'the places service "embedded" has no URL'],
]

for (const [choice, message] of refused)
  void t.test(`${JSON.stringify(choice)} is refused with a hint`, (t) => {
    t.throws(() => chooseProvider(choice), PersonError)
    t.throws(() => chooseProvider(choice), { message, hint: String })
    t.end()
  })

for (const name of ['google', 'google-new', 'osm'] as const)
  void t.test(`${name} uses the given URL`, async (t) => {
    const service = await startService(t, (response) => response.end(LEGACY_ANSWER))
    const query = { position: { latitude: '34.06', longitude: '-118.44' }, radiusKm: 1 }
    const provider = chooseProvider({ name, url: service.url, key: SECRET })
    await provider.nearby(query, new AbortController().signal).catch(() => undefined)
    t.equal(service.requests[0]?.url.pathname, '/nearby')
  })

void t.test('ten look-ups in a row at an Overpass server with two slots get ten answers', async (t) => {
  const held: ServerResponse[] = []
  let refused = 0
  const service = await startService(t, (response) => {
    if (held.length < 2) held.push(response)
    else {
      refused += 1
      response.writeHead(429).end()
    }
  })
  const places = new Places(chooseProvider({ name: 'osm', url: service.url }), { timeoutMs: PATIENT_MS })
  const answers = Array.from({ length: 10 }, (_, radius) => places.find(lookUp(t, radius)))
  for (let received = 2; received <= 10; received += 1) {
    await service.untilReceived(received)
    held.shift()?.end('{"elements": []}')
  }
  held.shift()?.end('{"elements": []}')
  for (const answer of await Promise.all(answers)) t.match(answer, '"status": "ZERO_RESULTS"')
  t.equal(refused, 0)
  t.equal(service.requests.length, 10)
})

import type { ServerResponse } from 'node:http'
import t from 'tap'
import { google } from '../../src/places/google.js'
import { Places, type PlacesCall } from '../../src/places/places.js'
import { PlacesError, type PlacesProvider } from '../../src/places/provider.js'
import { lookUp, LOOK_UP_POSITION } from '../fixtures/look-up.js'
import { LEGACY_ANSWER } from '../fixtures/places-answers.js'
import { PATIENT_MS } from '../fixtures/places-failures.js'
import { startService, type Service } from '../fixtures/places-service.js'

const timeoutMs = PATIENT_MS

interface Counted {
  readonly results: readonly unknown[]
}

async function countResults(answer: Promise<string>): Promise<number> {
  return (JSON.parse(await answer) as Counted).results.length
}

/** The places service at an address of a test. */
function placesOf(service: Service): Places {
  return new Places(google('key', service.url), { timeoutMs })
}

void t.test('returns the text of the service, cut, and reports the call', async (t) => {
  const service = await startService(t, (response) => response.end(LEGACY_ANSWER))
  const calls: PlacesCall[] = []
  const onCall = (call: PlacesCall): unknown => calls.push(call)
  const places = placesOf(service)
  const text = Buffer.from(LEGACY_ANSWER).toString('latin1')
  t.equal(await places.find(lookUp(t, 10, { onCall })), text.trimEnd())
  t.match(calls, [{ provider: 'google', outcome: 'ok' }])
  t.ok(Number.isSafeInteger(calls[0]?.tookMs))
  t.equal(await countResults(places.find(lookUp(t, 10, { most: 1, onCall }))), 1)
  t.equal(service.requests.length, 1, 'the second answer comes from the cache')
  t.equal(calls.length, 1)
})

void t.test(
  'asks a service on the network also for 0 places, because only it knows that answer',
  async (t) => {
    const service = await startService(t, (response) => response.end(LEGACY_ANSWER))
    t.same(JSON.parse(await placesOf(service).find(lookUp(t, 10, { most: 0 }))), {
      ...(JSON.parse(LEGACY_ANSWER) as object),
      results: [],
    })
  },
)

void t.test('equal queries in progress share one call, with any number of results', async (t) => {
  const held: ServerResponse[] = []
  const service = await startService(t, (response) => held.push(response))
  const calls: PlacesCall[] = []
  const places = placesOf(service)
  const counts = [0, 1, 2, 20].map((most) =>
    countResults(places.find(lookUp({}, 10, { most, onCall: (call) => calls.push(call) }))),
  )
  await service.untilReceived(1)
  held[0]?.end(LEGACY_ANSWER)
  t.same(await Promise.all(counts), [0, 1, 2, 2])
  t.equal(service.requests.length, 1)
  t.equal(calls.length, 1)
})

void t.test('different queries are separate calls', async (t) => {
  const service = await startService(t, (response) => response.end(LEGACY_ANSWER))
  const places = placesOf(service)
  const others = [
    lookUp(t),
    lookUp(t, 10.5),
    lookUp(t, 10, { query: { position: { ...LOOK_UP_POSITION, latitude: '34.060' }, radiusKm: 10 } }),
    lookUp(t, 10, { query: { position: { ...LOOK_UP_POSITION, longitude: '118.44' }, radiusKm: 10 } }),
  ]
  await Promise.all(others.map((other) => places.find(other)))
  t.equal(service.requests.length, others.length)
})

void t.test('all queries that share a call share its failure, which is not cached', async (t) => {
  const service = await startService(t, (response) => response.writeHead(403).end())
  const places = placesOf(service)
  const [one, other] = await Promise.all([places.find(lookUp(t)), places.find(lookUp({}))])
  t.match(JSON.parse(one), { error_message: 'the places service "google" answered 403 (forbidden)' })
  t.equal(one, other)
  await places.find(lookUp(t))
  t.equal(service.requests.length, 2)
})

/** A provider with this behaviour. */
function provider(nearby: PlacesProvider['nearby']): PlacesProvider {
  return { name: 'odd', nearby }
}

const odd = [
  {
    title: 'a fault',
    nearby: () => Promise.reject(new PlacesError('is on holiday')),
    outcome: 'is on holiday',
  },
  {
    title: 'an error that nobody foresaw, whose message may hold anything',
    nearby: () => Promise.reject(new TypeError('Invalid URL: http://127.0.0.1/?key=secret')),
    outcome: 'failed',
  },
  {
    title: 'an error before there is a promise',
    nearby: () => {
      throw new TypeError('not a function')
    },
    outcome: 'failed',
  },
  { title: 'text that is no JSON', nearby: () => Promise.resolve('places'), outcome: 'sent broken JSON' },
  {
    title: 'silence, even when it is told to end',
    nearby: () => new Promise<string>(() => undefined),
    outcome: 'gave no answer within 0.01 s',
  },
]

for (const { title, nearby, outcome } of odd)
  void t.test(`${title} becomes an answer with a message`, async (t) => {
    const calls: PlacesCall[] = []
    const places = new Places(provider(nearby), { timeoutMs: 10 })
    t.same(JSON.parse(await places.find(lookUp(t, 10, { onCall: (call) => calls.push(call) }))), {
      error_message: `the places service "odd" ${outcome}`,
      html_attributions: [],
      results: [],
      status: 'UNKNOWN_ERROR',
    })
    t.match(calls, [{ provider: 'odd', outcome }])
  })

void t.test(
  'a local provider computes equal queries once, and is not asked for a forgotten owner',
  async (t) => {
    const asked: number[] = []
    const nearby: PlacesProvider['nearby'] = ({ radiusKm }) => {
      asked.push(radiusKm)
      return Promise.resolve(LEGACY_ANSWER)
    }
    const places = new Places({ name: 'local', isLocal: true, nearby })
    const gone = {}
    void places.find(lookUp(gone, 7))
    places.forget(gone)
    t.same(await Promise.all([1, 2].map((most) => countResults(places.find(lookUp(t, 3, { most }))))), [1, 2])
    t.same(asked, [3])
  },
)

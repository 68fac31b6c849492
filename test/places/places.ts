import { setImmediate } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { google } from '../../src/places/google.js'
import { MAX_CALLS, MAX_WAITING_CALLS, Places, type PlacesCall } from '../../src/places/places.js'
import { PlacesError, type PlacesProvider, type PlacesQuery } from '../../src/places/provider.js'
import { LEGACY_ANSWER } from '../fixtures/places-answers.js'
import { PATIENT_MS } from '../fixtures/places-failures.js'
import { startService } from '../fixtures/places-service.js'

const position = { latitude: '34.06', longitude: '-118.44' }
const query: PlacesQuery = { position, radiusKm: 10 }

/** Queries of which no two are equal. */
function manyQueries(count: number): PlacesQuery[] {
  return Array.from({ length: count }, (_, index) => ({ position, radiusKm: index / 100 }))
}

void t.test('returns the text of the service, cut, and reports the call', async (t) => {
  const service = await startService(t, (response) => response.end(LEGACY_ANSWER))
  const calls: PlacesCall[] = []
  const places = new Places(google('key', service.url), (call) => calls.push(call), PATIENT_MS)
  const text = Buffer.from(LEGACY_ANSWER).toString('latin1')
  t.equal(await places.find(query, 20), text.trimEnd())
  t.match(calls, [{ provider: 'google', outcome: 'ok' }])
  t.ok(Number.isSafeInteger(calls[0]?.tookMs))
  const { results } = JSON.parse(await places.find(query, 1)) as { results: unknown[] }
  t.equal(results.length, 1)
})

void t.test(
  'asks a service on the network also for 0 places, because only it knows that answer',
  async (t) => {
    const service = await startService(t, (response) => response.end(LEGACY_ANSWER))
    const places = new Places(google('key', service.url), undefined, PATIENT_MS)
    t.same(JSON.parse(await places.find(query, 0)), { ...(JSON.parse(LEGACY_ANSWER) as object), results: [] })
  },
)

void t.test('equal queries in progress share one call, with any number of results', async (t) => {
  const held: ServerResponse[] = []
  const service = await startService(t, (response) => held.push(response))
  const calls: PlacesCall[] = []
  const places = new Places(google('key', service.url), (call) => calls.push(call), PATIENT_MS)
  const finds = [0, 1, 2, 20].map((most) => places.find({ position: { ...position }, radiusKm: 10 }, most))
  await service.untilReceived(1)
  for (const response of held) response.end(LEGACY_ANSWER)
  const answers = (await Promise.all(finds)).map((text) => JSON.parse(text) as { results: unknown[] })
  t.same(
    answers.map(({ results }) => results.length),
    [0, 1, 2, 2],
  )
  t.equal(service.requests.length, 1)
  t.equal(calls.length, 1)

  void places.find(query, 1)
  await service.untilReceived(2)
  t.pass('and when it has ended, the service is asked anew')
  held[1]?.end(LEGACY_ANSWER)
})

void t.test('different queries are separate calls', async (t) => {
  const service = await startService(t, (response) => response.end(LEGACY_ANSWER))
  const places = new Places(google('key', service.url), undefined, PATIENT_MS)
  const others: PlacesQuery[] = [
    query,
    { position, radiusKm: 10.5 },
    { position: { ...position, latitude: '34.060' }, radiusKm: 10 },
    { position: { ...position, longitude: '118.44' }, radiusKm: 10 },
  ]
  await Promise.all(others.map((other) => places.find(other, 1)))
  t.equal(service.requests.length, others.length)
})

void t.test('all queries that share a call share its failure', async (t) => {
  const service = await startService(t, (response) => response.writeHead(403).end())
  const places = new Places(google('key', service.url), undefined, PATIENT_MS)
  const [one, other] = await Promise.all([places.find(query, 1), places.find(query, 20)])
  t.match(JSON.parse(one), { error_message: 'the places service "google" answered 403 (forbidden)' })
  t.equal(one, other)
})

void t.test(`no more than ${MAX_CALLS} calls are in progress at once`, async (t) => {
  const held: ServerResponse[] = []
  let mostHeld = 0
  const service = await startService(t, (response) => {
    mostHeld = Math.max(mostHeld, held.push(response))
  })
  const places = new Places(google('key', service.url), undefined, PATIENT_MS)
  const extra = 6
  const finds = manyQueries(MAX_CALLS + extra).map((query) => places.find(query, 1))
  for (let count = MAX_CALLS; count <= MAX_CALLS + extra; count++) {
    await service.untilReceived(count)
    held.pop()?.end(LEGACY_ANSWER)
  }
  for (const response of held) response.end(LEGACY_ANSWER)
  await Promise.all(finds)
  t.equal(mostHeld, MAX_CALLS)
})

void t.test(`no more than ${MAX_WAITING_CALLS} calls wait, and none longer than the timeout`, async (t) => {
  const service = await startService(t, () => undefined)
  const outcomes: string[] = []
  const places = new Places(google('key', service.url), (call) => outcomes.push(call.outcome), 1_000)
  const finds = manyQueries(MAX_CALLS + MAX_WAITING_CALLS + 1).map((query) => places.find(query, 1))
  t.match(JSON.parse((await finds.pop()) ?? ''), {
    error_message: 'the places service "google" was not asked: too many place look-ups at once',
  })
  t.same(outcomes, ['was not asked: too many place look-ups at once'], 'at once, before any other ended')
  await Promise.all(finds)
  t.same(new Set(outcomes.slice(1)), new Set(['gave no answer within 1 s']))
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
    const places = new Places(provider(nearby), (call) => calls.push(call), 10)
    t.same(JSON.parse(await places.find(query, 20)), {
      error_message: `the places service "odd" ${outcome}`,
      html_attributions: [],
      results: [],
      status: 'UNKNOWN_ERROR',
    })
    t.match(calls, [{ provider: 'odd', outcome }])
  })

void t.test('the signal of a provider is aborted when its time is up', async (t) => {
  let signalled: AbortSignal | undefined
  const silent = provider((_query, signal) => {
    signalled = signal
    return new Promise<string>(() => undefined)
  })
  await new Places(silent, () => undefined, 10).find(query, 20)
  t.equal(signalled?.aborted, true)
})

void t.test('a call whose time is up before its turn is not made', async (t) => {
  const answers: (() => void)[] = []
  const stubborn = provider(
    () =>
      new Promise<string>((resolve) => {
        answers.push(() => {
          resolve('{}')
        })
      }),
  )
  const places = new Places(stubborn, undefined, 10)
  await Promise.all(manyQueries(MAX_CALLS + 1).map((query) => places.find(query, 1)))
  for (const answer of answers) answer()
  await setImmediate()
  t.equal(answers.length, MAX_CALLS)
})

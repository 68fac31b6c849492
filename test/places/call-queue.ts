import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { AnswerCache } from '../../src/places/answer-cache.js'
import { CallPace } from '../../src/places/call-pace.js'
import { CallQueue, MAX_CALLS, MAX_WAITING_CALLS } from '../../src/places/call-queue.js'
import { PlacesError, type PlacesProvider } from '../../src/places/provider.js'
import { HeldPlaces } from '../fixtures/held-places.js'
import { LOOK_UP_POSITION } from '../fixtures/look-up.js'
import { PATIENT_MS } from '../fixtures/places-failures.js'

const BUSY = new PlacesError('answered 429 (too many requests)', '', { afterMs: 1, maxTries: 3 })
const LONG_BUSY = new PlacesError('answered 429 (too many requests)', '', {
  afterMs: 10 * PATIENT_MS,
  maxTries: 3,
})

interface TestQueue {
  readonly cache: AnswerCache
  /** The outcomes of calls that were reported, in their order. */
  readonly reports: string[]
  /** Asks for places within a radius. Resolves to `ok` or to what went wrong. */
  readonly ask: (owner: object, radiusKm: number) => Promise<string>
  readonly forget: (owner: object) => void
}

function queueOf(provider: PlacesProvider, { perMinute = 0, timeoutMs = PATIENT_MS } = {}): TestQueue {
  const cache = new AnswerCache()
  const queue = new CallQueue(provider, new CallPace(perMinute), cache, timeoutMs)
  const reports: string[] = []
  return {
    cache,
    reports,
    ask: (owner, radiusKm) =>
      queue
        .ask({
          owner,
          query: { position: LOOK_UP_POSITION, radiusKm },
          key: String(radiusKm),
          ended: (fault) => reports.push(fault?.message ?? 'ok'),
        })
        .then(
          () => 'ok',
          (fault: unknown) => (fault as PlacesError).message,
        ),
    forget: (owner) => {
      queue.forget(owner)
    },
  }
}

void t.test(
  'owners are served in turn, and no more calls are in progress than the service allows',
  async (t) => {
    const provider = new HeldPlaces(2)
    const { ask } = queueOf(provider)
    const [crowd, other] = [{}, {}]
    const asked = [1, 2, 3, 4, 5].map((radius) => ask(crowd, radius))
    asked.push(ask(other, 9))
    t.same(provider.asked, [1, 2])
    for (const radius of [2, 1, 3, 9, 4, 5]) await provider.answer(radius)
    t.same(provider.asked, [1, 2, 3, 9, 4, 5])
    t.same(new Set(await Promise.all(asked)), new Set(['ok']))
  },
)

void t.test(`without a limit of the service, ${MAX_CALLS} calls are in progress`, async (t) => {
  let calls = 0
  const nearby = (): Promise<string> => {
    calls += 1
    return new Promise(() => undefined)
  }
  const { ask, forget } = queueOf({ name: 'silent', nearby }, { timeoutMs: 50 })
  const asked = Array.from({ length: MAX_CALLS + 1 }, (_, radius) => ask(t, radius))
  t.equal(calls, MAX_CALLS)
  t.same(new Set(await Promise.all(asked)), new Set(['gave no answer within 0.05 s']))
  t.equal(calls, MAX_CALLS, 'a call whose time is up before its turn is not made')
  forget(t)
})

void t.test('when too many calls wait, a crowd loses some of its own', async (t) => {
  const provider = new HeldPlaces(1)
  const { ask, forget, reports } = queueOf(provider)
  const crowds = Array.from({ length: 17 }, () => ({}))
  const asked: Promise<string>[] = []
  for (const [n, crowd] of crowds.entries())
    for (let radius = 0; radius < 64; radius += 1) asked.push(ask(crowd, 64 * n + radius))
  t.same(new Set(reports), new Set(['was not asked: too many place look-ups at once']))
  t.equal(reports.length, 17 * 64 - 1 - MAX_WAITING_CALLS)
  const other = ask({}, 5_000)
  for (let turn = 0; turn < 20; turn += 1) await provider.answer(provider.asked.at(-1) as number)
  t.equal(await other, 'ok')
  for (const crowd of crowds) forget(crowd)
  await provider.answer(provider.asked.at(-1) as number)
})

void t.test('equal queries share a call, also when they have waited', async (t) => {
  const provider = new HeldPlaces(2)
  const { ask, cache, reports } = queueOf(provider)
  const [crowd, other] = [{}, {}]
  const asked = [ask(crowd, 1), ask(crowd, 2), ask(crowd, 3), ask(other, 3), ask(other, 1)]
  await provider.answer(2)
  t.same(provider.asked, [1, 2, 3])
  await provider.answer(3)
  await provider.answer(1)
  t.same(provider.asked, [1, 2, 3])
  t.same(await Promise.all(asked), ['ok', 'ok', 'ok', 'ok', 'ok'])
  t.equal(reports.length, 3)
  t.ok(cache.get('3'))
})

void t.test('a query that is in progress takes no second slot', async (t) => {
  const provider = new HeldPlaces(2)
  const { ask } = queueOf(provider)
  const asked = [ask({}, 1), ask({}, 1), ask({}, 2)]
  t.same(provider.asked, [1, 2])
  await provider.fail(1, new PlacesError('is on holiday'))
  await provider.answer(2)
  t.same(await Promise.all(asked), ['is on holiday', 'is on holiday', 'ok'])
})

void t.test('a busy service is asked again after a pause, first by whom it refused', async (t) => {
  const provider = new HeldPlaces(1)
  const { ask, reports } = queueOf(provider)
  const asked = [ask(t, 1), ask(t, 2)]
  await provider.fail(1, BUSY)
  t.same(provider.asked, [1])
  while (provider.asked.length < 2) await nextTurn()
  await provider.answer(1)
  await provider.answer(2)
  t.same(provider.asked, [1, 1, 2])
  t.same(await Promise.all(asked), ['ok', 'ok'])
  t.same(reports, ['ok', 'ok'])
})

void t.test('a call is tried a few times only', async (t) => {
  const provider = new HeldPlaces(1)
  const { ask } = queueOf(provider)
  const asked = ask(t, 1)
  for (let tries = 1; tries <= 3; tries += 1) {
    while (provider.asked.length < tries) await nextTurn()
    await provider.fail(1, BUSY)
  }
  t.equal(await asked, BUSY.message)
  t.equal(provider.asked.length, 3)
})

void t.test('calls that would have to wait for longer than their time fail at once', async (t) => {
  const provider = new HeldPlaces(1)
  const { ask } = queueOf(provider)
  const asked = [ask(t, 1), ask(t, 2)]
  await provider.fail(1, LONG_BUSY)
  const unasked = `was not asked, because it ${LONG_BUSY.message}`
  t.same(await Promise.all([...asked, ask(t, 3)]), [LONG_BUSY.message, unasked, unasked])
  t.same(provider.asked, [1])
})

void t.test('no more calls are made in a minute than allowed', async (t) => {
  const provider = new HeldPlaces(8)
  const { ask } = queueOf(provider, { perMinute: 6, timeoutMs: 5_000 })
  const asked = [ask(t, 1), ask({}, 2)]
  t.equal(await asked[1], 'was not asked: more than 6 look-ups in a minute')
  await provider.answer(1)
  t.equal(await asked[0], 'ok')
})

void t.test('a call whose time is up while it waits for its share says so', async (t) => {
  // After the burst of 100 calls, the next may be made each 0.12 s.
  const { ask } = queueOf(new HeldPlaces(1_000), { perMinute: 600, timeoutMs: 200 })
  const asked = Array.from({ length: 120 }, (_, radius) => ask({}, radius))
  t.equal(await asked.at(-1), 'was not asked: more than 600 look-ups in a minute')
  t.equal(await asked[0], 'gave no answer within 0.2 s')
})

void t.test('an answer that comes too late is cached', async (t) => {
  const provider = new HeldPlaces(1)
  const { ask, cache, reports } = queueOf(provider, { timeoutMs: 10 })
  t.equal(await ask(t, 1), 'gave no answer within 0.01 s')
  await provider.answer(1)
  t.ok(cache.get('1'))
  t.same(reports, ['gave no answer within 0.01 s'])
})

void t.test('a call that fails after its time is not tried again', async (t) => {
  const provider = new HeldPlaces(1)
  const { ask, reports } = queueOf(provider, { timeoutMs: 10 })
  await ask(t, 1)
  await provider.fail(1, BUSY)
  t.same(reports, ['gave no answer within 0.01 s'])
  t.same(provider.asked, [1])
})

void t.test('the waiting calls of an owner that is gone are not made', async (t) => {
  const provider = new HeldPlaces(1)
  const { ask, forget } = queueOf(provider)
  const gone = {}
  const first = ask(t, 1)
  void ask(gone, 2)
  forget(gone)
  await provider.answer(1)
  t.equal(await first, 'ok')
  t.same(provider.asked, [1])
})

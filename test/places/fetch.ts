import t, { type Test } from 'tap'
import { z } from 'zod'
import { fetchBody, fetchJson, MAX_BODY_BYTES, pauseMs } from '../../src/places/fetch.js'
import { PlacesError, type Retry } from '../../src/places/provider.js'
import { SECRET } from '../fixtures/places-failures.js'
import { startService } from '../fixtures/places-service.js'

const { signal } = new AbortController()

// Failures and their messages are tested with each provider.

/** What the queue of calls is told about a status. */
async function retryAfter(
  t: Test,
  status: number,
  header?: string,
  date?: string,
): Promise<Retry | undefined> {
  const service = await startService(t, (response) => {
    response.sendDate = false
    const headers = {
      ...(header !== undefined && { 'retry-after': header }),
      ...(date !== undefined && { date }),
    }
    response.writeHead(status, headers).end()
  })
  const fault = await fetchBody(new URL(service.url), {}, signal).catch((error: unknown) => error)
  t.equal(service.requests.length, 1)
  return (fault as PlacesError).retry
}

void t.test('a busy service may be asked again after the pause that it names', async (t) => {
  for (const status of [429, 503])
    for (const [header, afterMs] of [
      [undefined, 1_000],
      ['0', 100],
      ['3', 3_000],
      ['99999', 3_600_000],
      ['soon', 1_000],
    ] as const)
      t.same(await retryAfter(t, status, header), { afterMs, maxTries: 5 }, `${status}, ${header}`)
})

void t.test('the end of a pause may be a date', (t) => {
  t.equal(pauseMs('Thu, 26 Nov 2026 11:00:07 GMT', Date.UTC(2026, 10, 26, 11, 0, 5)), 2_000)
  t.equal(pauseMs('Thu, 26 Nov 2026 11:00:07 GMT', Date.UTC(2026, 10, 26, 11, 0, 9)), 100)
  t.end()
})

void t.test('the date of the answer, not our clock, says how long a pause is', async (t) => {
  const until = 'Thu, 26 Nov 2026 11:00:07 GMT'
  t.match(await retryAfter(t, 429, until, 'Thu, 26 Nov 2026 11:00:03 GMT'), { afterMs: 4_000 })
  const past = 'Thu, 26 Nov 2020 11:00:07 GMT'
  t.match(await retryAfter(t, 429, past, 'Thu, 26 Nov 2020 11:00:04 GMT'), { afterMs: 3_000 })
  t.match(await retryAfter(t, 429, past), { afterMs: 100 }, 'unless there is none')
})

void t.test('after another brief failure it may be asked once more, and otherwise not', async (t) => {
  t.same(await retryAfter(t, 500), { afterMs: 100, maxTries: 2 })
  t.equal(await retryAfter(t, 403), undefined)
})

void t.test('a body as large as the limit is accepted', async (t) => {
  const service = await startService(t, (response) => response.end(Buffer.alloc(MAX_BODY_BYTES, ' ')))
  const body = await fetchBody(new URL(service.url), {}, signal)
  t.equal(body.length, MAX_BODY_BYTES)
})

void t.test('an error contains only a code', async (t) => {
  const url = new URL(`http://127.0.0.1/?key=${SECRET}`)
  const headers = { 'x-key': `${SECRET}\n` }
  await t.rejects(fetchBody(url, { headers }, signal), new PlacesError('failed (ERR_INVALID_CHAR)'))
})

void t.test('no request is made once the signal is aborted', async (t) => {
  const service = await startService(t, (response) => response.end())
  await t.rejects(fetchBody(new URL(service.url), {}, AbortSignal.abort()), {
    message: 'failed (ERR_ABORTED)',
  })
  t.same(service.requests, [])
})

void t.test('JSON is read as UTF-8 and validated', async (t) => {
  const service = await startService(t, (response) => response.end('{"name": "Löwen", "more": 1}'))
  const json = await fetchJson(z.object({ name: z.string() }), new URL(service.url), {}, signal)
  t.same(json, { name: 'Löwen' })
})

import t from 'tap'
import { z } from 'zod'
import { fetchBody, fetchJson, MAX_BODY_BYTES } from '../../src/places/fetch.js'
import { PlacesError } from '../../src/places/provider.js'
import { SECRET } from '../fixtures/places-failures.js'
import { startService } from '../fixtures/places-service.js'

const { signal } = new AbortController()

// Failures and their messages are tested with each provider.

for (const method of ['GET', 'POST'] as const)
  for (const status of [429, 500, 503])
    void t.test(`a ${method} that is answered ${status} once is asked again`, async (t) => {
      const service = await startService(t, (response) => {
        response.writeHead(service.requests.length === 1 ? status : 200).end('at last')
      })
      const body = await fetchBody(new URL(service.url), { method }, signal)
      t.equal(body, 'at last')
      t.equal(service.requests.length, 2)
    })

void t.test('a body as large as the limit is accepted', async (t) => {
  const service = await startService(t, (response) => response.end(Buffer.alloc(MAX_BODY_BYTES)))
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

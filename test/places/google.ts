import t from 'tap'
import { google } from '../../src/places/google.js'
import { REDACTED } from '../../src/places/redact.js'
import { LEGACY_ANSWER } from '../fixtures/places-answers.js'
import { failsInWords, keyRefusal, legacyRefusals, SECRET } from '../fixtures/places-failures.js'
import { startService } from '../fixtures/places-service.js'

const { signal } = new AbortController()
const position = { latitude: '34.068930', longitude: '-118.445127' }

void t.test(
  'sends the documented request of the legacy Nearby Search, with digits as typed and whole metres',
  async (t) => {
    const service = await startService(t, (response) => response.end('{}'))
    await google(SECRET, service.url).nearby({ position, radiusKm: 1.2346 }, signal)
    const [request] = service.requests
    t.equal(request?.method, 'GET')
    t.equal(request?.url.pathname, '/nearby')
    t.same(Object.fromEntries(request?.url.searchParams ?? []), {
      location: '34.068930,-118.445127',
      radius: '1235',
      key: SECRET,
    })
    t.equal(request?.headers['user-agent'], 'proxyherd')
  },
)

void t.test('keeps the query parameters of a custom URL', async (t) => {
  const service = await startService(t, (response) => response.end('{}'))
  await google(SECRET, `${service.url}?region=ca`).nearby({ position, radiusKm: 1 }, signal)
  t.equal(service.requests[0]?.url.searchParams.get('region'), 'ca')
})

void t.test('passes the answer on byte for byte', async (t) => {
  const service = await startService(t, (response) => response.end(LEGACY_ANSWER))
  const answer = await google(SECRET, service.url).nearby({ position, radiusKm: 1 }, signal)
  t.equal(answer, Buffer.from(LEGACY_ANSWER).toString('latin1'))
})

void t.test('an echo of the key, and nothing else, is removed from a good answer', async (t) => {
  const page = (key: string): string => `{ "next_page" : "/nearby?key=${key}&page=2", "status" : "OK" }`
  const service = await startService(t, (response, { url }) =>
    response.end(page(url.searchParams.get('key') ?? '')),
  )
  const answer = await google(SECRET, service.url).nearby({ position, radiusKm: 1 }, signal)
  t.equal(answer, page(REDACTED))
})

void t.test('failures have messages', (t) => {
  failsInWords(t, (url) => google(SECRET, url), [keyRefusal, ...legacyRefusals])
  t.end()
})

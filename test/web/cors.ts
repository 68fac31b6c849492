import t from 'tap'
import { send, WebHerd } from '../fixtures/web-herd.js'
import { anyPorts } from '../fixtures/herd.js'
import { TestTokens } from '../fixtures/tokens.js'

const MAP = 'https://map.example'
const EVIL = 'https://evil.example'

const ALONE = anyPorts({ servers: ['Clark'], links: [] })

t.test('pages of a named site may use the API, those of others may not', async (t) => {
  const herd = await WebHerd.start(t, { topology: ALONE, api: { origins: new Set([MAP]) } })
  const cases: [headers: Record<string, string>, status: number][] = [
    [{ origin: MAP }, 200],
    [{ origin: MAP, 'sec-fetch-site': 'cross-site' }, 200],
    [{ origin: EVIL }, 403],
    [{ origin: `${MAP}.evil.example` }, 403],
    [{ origin: MAP.replace('https', 'http') }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ host: 'map.example' }, 200],
    [{ host: 'map.example', origin: MAP }, 200],
    [{ host: 'evil.example', origin: MAP }, 421],
  ]
  for (const [headers, status] of cases) {
    const response = await herd.ask('GET /v1/clients', { headers })
    t.equal(response.status, status, JSON.stringify(headers))
    t.equal(response.headers['access-control-allow-origin'], headers['origin'] === MAP ? MAP : undefined)
    t.equal(response.headers.vary, status === 200 ? 'accept, origin' : 'origin')
  }
})

t.test('a browser is told what a page may send, without a token', async (t) => {
  const tokens = new TestTokens({ admin: 'read:*' })
  const herd = await WebHerd.start(t, {
    topology: ALONE,
    authorization: tokens.authorization,
    token: tokens.of('admin'),
    api: { origins: new Set([MAP]) },
  })
  const port = herd.httpPort('Clark')
  const asks = { origin: MAP, 'access-control-request-method': 'PUT' }
  const { status, headers, text } = await send(port, 'OPTIONS /v1/clients/kiwi', { headers: asks })
  t.equal(status, 204)
  t.equal(text, '')
  t.match(headers, {
    'access-control-allow-origin': MAP,
    'access-control-allow-methods': 'PUT, GET, DELETE',
    'access-control-allow-headers': 'authorization, content-type, if-none-match, last-event-id',
    'access-control-max-age': '600',
    vary: 'origin',
  })
  t.equal(headers['content-length'], undefined)
  t.equal(headers['access-control-allow-private-network'], undefined)
  const fromPublic = { ...asks, 'access-control-request-private-network': 'true' }
  const response = await send(port, 'OPTIONS /v1/clients/kiwi', { headers: fromPublic })
  t.equal(response.headers['access-control-allow-private-network'], 'true')
  const refused: [headers: Record<string, string>, status: number][] = [
    [{ ...asks, origin: EVIL }, 403],
    [{ origin: MAP }, 405],
    [{ 'access-control-request-method': 'PUT' }, 405],
  ]
  for (const [headers, status] of refused)
    t.equal((await send(port, 'OPTIONS /v1/clients/kiwi', { headers })).status, status)
  const unauthorized = await send(port, 'GET /v1/clients', { headers: { origin: MAP } })
  t.equal(unauthorized.status, 401)
  t.equal(unauthorized.headers['access-control-allow-origin'], MAP, 'the page can read why')
})

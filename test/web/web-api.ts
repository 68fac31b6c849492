import t from 'tap'
import { send, WebHerd } from '../fixtures/web-herd.js'
import { NO_FIGURES } from '../fixtures/store-figures.js'

t.test('only requests of this machine and of no other site are served', async (t) => {
  const herd = await WebHerd.start(t)
  const port = herd.httpPort('Clark')
  const cases: [headers: Record<string, string>, status: number][] = [
    [{ host: 'localhost' }, 200],
    [{ host: 'LOCALHOST:1' }, 200],
    [{ host: '[::1]:1' }, 200],
    [{ host: 'clark.example:1' }, 200],
    [{ host: 'evil.example' }, 421],
    [{ host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` }, 200],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
  ]
  for (const [headers, status] of cases)
    for (const path of ['/healthz', '/v1/clients'])
      t.equal((await herd.ask(`GET ${path}`, { headers })).status, status, JSON.stringify(headers))
})

t.test('an unknown path and a method that cannot be used are problems', async (t) => {
  const herd = await WebHerd.start(t)
  for (const path of ['/', '/v1', '/v1/clients/a/b', '/v1/clients/a/places/c'])
    t.equal((await herd.ask(`GET ${path}`)).status, 404, path)
  const allowed: [path: string, allow: string][] = [
    ['/v1/clients/kiwi', 'PUT, GET, HEAD, DELETE'],
    ['/v1/clients', 'GET, HEAD'],
    ['/in/owntracks', 'POST'],
  ]
  for (const [path, allow] of allowed) {
    const { status, headers } = await herd.ask(`PATCH ${path}`)
    t.same([status, headers.allow], [405, allow])
  }
})

t.test('a server is ready from when its reports are loaded until it stops', async (t) => {
  let load: () => void = () => undefined
  const loaded = new Promise<void>((resolve) => (load = resolve))
  const seen: [path: string, status: number][] = []
  const herd = await WebHerd.start(t, {
    names: ['Clark'],
    openStore: async () => {
      await loaded
      return {
        flush: () => undefined,
        committed: () => Promise.resolve(true),
        close: () => Promise.resolve(0),
        status: { unsaved: 0, lost: 0, fault: undefined },
        figures: NO_FIGURES,
      }
    },
    onHttp: async (port: number) => {
      for (const path of ['/healthz', '/readyz', '/v1/clients'])
        seen.push([path, (await send(port, `GET ${path}`, {})).status])
      load()
    },
  })
  t.same(seen, [
    ['/healthz', 200],
    ['/readyz', 503],
    ['/v1/clients', 503],
  ])
  t.equal((await herd.ask('GET /readyz')).status, 200)
})

t.test('the state of the herd is asked for once a second at most', async (t) => {
  const herd = await WebHerd.start(t)
  const [one, two] = await Promise.all([herd.ask('GET /v1/herd'), herd.ask('GET /v1/herd')])
  t.match(one.json, {
    inSync: true,
    servers: [
      { server: 'Clark', up: true, clients: 0 },
      { server: 'Juzang', up: true },
    ],
  })
  t.same(one.json['servers'], two.json['servers'])
  await herd.ask('PUT /v1/clients/kiwi', { body: { position: { latitude: 1, longitude: 2 } } })
  t.match((await herd.ask('GET /v1/herd')).json, { servers: [{ clients: 0 }, { clients: 0 }] })
})

import t from 'tap'
import { MAX_PAGE_BYTES } from '../../src/web/http-limits.js'
import { WebHerd, type WebResponse } from '../fixtures/web-herd.js'

const position = { latitude: 1, longitude: 2 }

interface Page {
  readonly clients: readonly { readonly id: string }[]
  readonly next: string | null
}

/** Reports clients at some positions, as latitude and longitude. */
async function report(herd: WebHerd, clients: Record<string, [latitude: string, longitude: string]>) {
  for (const [id, [latitude, longitude]] of Object.entries(clients))
    await herd.ask(`PUT /v1/clients/${id}`, { body: { position: { latitude, longitude }, time: 1 } })
}

async function pages(herd: WebHerd, query: string, between: () => Promise<unknown>): Promise<string[][]> {
  const all: string[][] = []
  for (let after: string | null = ''; after !== null;) {
    const response: WebResponse = await herd.ask(`GET /v1/clients?${query}${after && `&after=${after}`}`)
    const { clients, next } = response.json as unknown as Page
    all.push(clients.map(({ id }) => id))
    await between()
    after = next
  }
  return all
}

t.test('pages have every client once, also while others report', async (t) => {
  const herd = await WebHerd.start(t)
  t.same(await pages(herd, '', () => Promise.resolve()), [[]])
  for (let number = 0; number < 5; number += 1)
    await herd.ask(`PUT /v1/clients/kiwi${number}`, { body: { position, time: 1 } })
  let time = 1
  const found = await pages(herd, 'limit=2', () => {
    time += 1
    return herd.ask('PUT /v1/clients/kiwi0', { body: { position, time } })
  })
  t.same(found, [['kiwi0', 'kiwi1'], ['kiwi2', 'kiwi3'], ['kiwi4']])
})

t.test('a page can be GeoJSON', async (t) => {
  const herd = await WebHerd.start(t)
  await herd.ask('PUT /v1/clients/%FF', { body: { position, time: 1 } })
  const { json, headers } = await herd.ask('GET /v1/clients?f=geojson')
  t.equal(headers['content-type'], 'application/geo+json')
  t.match(json, { type: 'FeatureCollection', features: [{ properties: { idBase64: '/w==' } }], next: null })
})

t.test('the clients near a point come nearest first, with their distance', async (t) => {
  const herd = await WebHerd.start(t)
  t.same((await herd.ask('GET /v1/clients?near=34,-118')).json, { clients: [], next: null })
  await report(herd, { far: ['-34', '62'], b: ['34', '-118'], near: ['34.001', '-118'], a: ['34', '-118'] })
  const listed = async (query: string): Promise<(string | number)[][]> => {
    const { clients } = (await herd.ask(`GET /v1/clients?${query}`)).json as unknown as {
      clients: { id: string; distanceMetres: number }[]
    }
    return clients.map(({ id, distanceMetres }) => [id, distanceMetres])
  }
  const all = [
    ['a', 0],
    ['b', 0],
    ['near', 111.195],
    ['far', 20015114.442],
  ]
  t.same(await listed('near=34,-118'), all)
  t.same(await listed('near=34,-118&radiusKm=1&limit=3'), all.slice(0, 3))
  t.same(await listed('near=34,-118&radiusKm=0.1'), all.slice(0, 2))
  t.same(await listed('near=34,-118&limit=1'), all.slice(0, 1))
  const { json } = await herd.askServer('Juzang', 'GET /v1/clients?near=34.001,-118&limit=1&f=geojson')
  t.match(json, { features: [{ id: 'near', properties: { id: 'near', distanceMetres: 0 } }], next: null })
})

t.test('the clients in a box come in pages, also across the 180th meridian', async (t) => {
  const herd = await WebHerd.start(t)
  const inside = { a: ['-17', '178'], b: ['-18', '-179'], c: ['-16', '180'], d: ['-16.5', '-180'] } as const
  await report(herd, {
    ...inside,
    west: ['-17', '176'],
    east: ['-17', '-177'],
    north: ['-15', '179'],
  } as never)
  const query = 'bbox=177,-18,-178,-16'
  t.same(await pages(herd, query, () => Promise.resolve()), [['a', 'b', 'c', 'd']])
  let time = 1
  const found = await pages(herd, `${query}&limit=2`, () => {
    time += 1
    return herd.ask('PUT /v1/clients/b', { body: { position: { latitude: -17, longitude: 179 }, time } })
  })
  t.same(found, [
    ['a', 'b'],
    ['c', 'd'],
  ])
  const { json } = await herd.ask(`GET /v1/clients?${query}&f=geojson&limit=1`)
  t.match(json, { features: [{ id: 'a', geometry: { coordinates: [178, -17] } }], next: /^\w+$/ })
})

t.test("clients whose time is ahead of the server's clock are listed, with how far", async (t) => {
  const herd = await WebHerd.start(t)
  const put = (id: string, time: string): Promise<WebResponse> =>
    herd.ask(`PUT /v1/clients/${id}`, { body: { position, time } })
  await put('late', '1621464828')
  await put('soon', '1621464828.223371890')
  await put('never', '99999999999999999999')
  await put('now', '1621464828.223371889')
  await put('last', '1621464900')
  t.match((await herd.ask('GET /v1/clients?ahead=true&limit=2')).json, {
    clients: [
      { id: 'soon', aheadSeconds: '0.000000001' },
      { id: 'never', aheadSeconds: '99999999998378535170.776628111' },
    ],
    next: /./,
  })
  t.same(await pages(herd, 'ahead=true&limit=2', () => Promise.resolve()), [['soon', 'never'], ['last']])
  const { json } = await herd.ask('GET /v1/clients?ahead=true&f=geojson')
  t.match(json, { features: [{ properties: { id: 'soon', aheadSeconds: '0.000000001' } }, {}, {}] })
})

t.test('a page has no more clients than fit into its bytes', async (t) => {
  const herd = await WebHerd.start(t)
  const count = 50
  for (let number = 10; number < 10 + count; number += 1) {
    const id = `${'%01'.repeat(4_094)}${number}`
    await herd.ask(`PUT /v1/clients/${id}`, { body: { position, time: 1621464900 } })
  }
  // JSON takes six characters for each byte of these IDs.
  const fitting = Math.ceil(MAX_PAGE_BYTES / (6 * 4_094))
  for (const query of ['limit=1000', 'limit=1000&ahead=true', 'limit=1000&bbox=0,0,3,3']) {
    const [first, second, ...more] = await pages(herd, query, () => Promise.resolve())
    t.equal(first?.length, fitting, query)
    t.equal(new Set([...(first ?? []), ...(second ?? [])]).size, count, query)
    t.same(more, [])
  }
  const { json } = await herd.ask('GET /v1/clients?near=1,2&limit=1000')
  t.equal((json as unknown as Page).clients.length, fitting)
  t.equal(json['next'], null)
})

t.test('what is wrong with the parameters of a list is said', async (t) => {
  const herd = await WebHerd.start(t)
  const ofOtherRun = Buffer.from('1 0').toString('base64url')
  const cases: [query: string, parameter: string, detail?: string][] = [
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=x', 'limit'],
    [`after=${ofOtherRun}`, 'after'],
    ['after=x', 'after'],
    ['limt=1', 'limt'],
    ['near=34', 'near'],
    ['near=34,-118&radiusKm=x', 'radiusKm'],
    ['bbox=1,2,3', 'bbox'],
    ['near=34,-118&after=x', 'after', '"after" cannot be used together with "near"'],
    ['bbox=1,2,3,4&near=34,-118', 'bbox', '"bbox" cannot be used together with "near"'],
    ['id=kiwi&limit=1', 'limit', '"limit" cannot be used together with "id"'],
    ['radiusKm=1', 'radiusKm', '"radiusKm" needs "near"'],
    ['limit=5&wait=1s', 'wait', '"wait" needs "id"'],
  ]
  for (const [query, parameter, detail = /./] of cases) {
    const { json } = await herd.ask(`GET /v1/clients?${query}`)
    t.match(json, { status: 400, detail, errors: [{ parameter }] }, query)
  }
})

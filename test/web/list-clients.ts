import t from 'tap'
import { WebHerd, type WebResponse } from '../fixtures/web-herd.js'

const position = { latitude: 1, longitude: 2 }

interface Page {
  readonly clients: readonly { readonly id: string }[]
  readonly next: string | null
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

t.test('limits and cursors are checked', async (t) => {
  const herd = await WebHerd.start(t)
  const ofOtherRun = Buffer.from('1 0').toString('base64url')
  for (const query of ['limit=0', 'limit=1001', 'limit=x', `after=${ofOtherRun}`, 'after=x', 'limt=1'])
    t.equal((await herd.ask(`GET /v1/clients?${query}`)).status, 400, query)
})

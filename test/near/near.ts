import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { ClientNumber } from '../../src/memory/numbers.js'
import { distanceM, isInBox, type Box } from '../../src/near/distance.js'
import { MAX_SCANNED } from '../../src/near/in-box.js'
import type { NearQuery } from '../../src/near/nearest.js'
import { boxes, PlacedClients, points, positionOf } from '../fixtures/placed-clients.js'

const EARTH: Box = { west: -180, south: -90, east: 180, north: 90 }
const EVERYWHERE = 20_100_000

const ids = fc.constantFrom(...Array.from({ length: 120 }, (_, n) => `c${n}`))

/** A client that reports a point, or that is removed. */
const changes = fc.array(fc.tuple(ids, fc.option(points, { freq: 10 })), { maxLength: 300, size: 'max' })

const queries: fc.Arbitrary<NearQuery> = fc.record({
  point: points,
  radiusM: fc.constantFrom(0, 15, 3_000, 500_000, 9_000_000, EVERYWHERE),
  limit: fc.constantFrom(0, 1, 3, 10, 1_000),
})

function apply(
  clients: PlacedClients,
  list: readonly (readonly [string, { latitude: number; longitude: number } | null])[],
) {
  for (const [id, point] of list)
    if (point) clients.report(id, positionOf(point))
    else clients.remove(id)
}

function bruteForce({ all }: PlacedClients, { point, radiusM, limit }: NearQuery): string[] {
  return all
    .map(({ id, point: own }) => ({ id, distance: distanceM(point, own) }))
    .filter(({ distance }) => distance <= radiusM)
    .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
    .slice(0, limit)
    .map(({ id, distance }) => `${id} ${Math.round(distance)}`)
}

t.test('the nearest are those that a comparison with all clients finds', async () => {
  fc.assert(
    fc.property(
      changes,
      changes,
      fc.array(queries, { maxLength: 10, size: 'max' }),
      (first, second, asked) => {
        const clients = new PlacedClients()
        apply(clients, first)
        clients.near.work(20)
        apply(clients, second)
        clients.apply()
        for (const query of asked) assert.deepEqual(clients.nearest(query), bruteForce(clients, query))
      },
    ),
    { numRuns: 200, seed: 17 },
  )
})

t.test('a box has those clients that a comparison with all clients finds', async () => {
  fc.assert(
    fc.property(changes, fc.array(boxes, { maxLength: 10, size: 'max' }), (list, asked) => {
      const clients = new PlacedClients()
      apply(clients, list)
      clients.apply()
      for (const box of [EARTH, ...asked]) {
        const inside = clients.all.filter(({ point }) => isInBox(box, point)).map(({ client }) => client)
        assert.deepEqual(clients.near.inBox(box, 1_000), { clients: inside, next: undefined })
        const page = clients.near.inBox(box, 2)
        assert.deepEqual(page, { clients: inside.slice(0, 2), next: inside[2] })
        if (page.next !== undefined)
          assert.deepEqual(clients.near.inBox(box, 2, page.next).clients, inside.slice(2, 4))
      }
    }),
    { numRuns: 200, seed: 17 },
  )
})

/** The clients of a box, read in pages. */
function pagesOf({ near }: PlacedClients, box: Box): ClientNumber[] {
  let page = near.inBox(box, 1_000)
  const seen = [...page.clients]
  while (page.next !== undefined) {
    page = near.inBox(box, 1_000, page.next)
    seen.push(...page.clients)
  }
  return seen
}

t.test('all clients of a box that has very many come in pages, each once', async (t) => {
  const clients = new PlacedClients()
  const count = MAX_SCANNED + 500
  for (let n = 0; n < count; n += 1) clients.report(`c${n}`, `+${(n % 90) + 0.5}+${n % 180}.25`)
  for (let n = 0; n < 20; n += 1) clients.remove(`c${n * 7}`)
  clients.apply()
  t.equal(pagesOf(clients, EARTH).length, count - 20)
  t.equal(new Set(pagesOf(clients, EARTH)).size, count - 20)
})

t.test('a page of a box may be empty if there are very many clients just beside it', async (t) => {
  const clients = new PlacedClients()
  for (let n = 0; n < MAX_SCANNED; n += 1) clients.report(`c${n}`, '+45.5+45.5')
  clients.report('kiwi', '+45.500002+45.500002')
  clients.apply()
  const box = { west: 45.500001, south: 45.500001, east: 46, north: 46 }
  t.same(clients.near.inBox(box, 10), { clients: [], next: MAX_SCANNED })
  t.same(clients.near.inBox(box, 10, MAX_SCANNED), { clients: [MAX_SCANNED], next: undefined })
})

t.test('any number of clients may be at one point', async (t) => {
  const clients = new PlacedClients()
  for (let n = 0; n < 300; n += 1) clients.report(`c${String((n * 7) % 300).padStart(3, '0')}`, '+0+0')
  clients.apply()
  const query = { point: { latitude: 0, longitude: 0 }, radiusM: 0, limit: 3 }
  t.same(clients.nearest(query), ['c000 0', 'c001 0', 'c002 0'])
  clients.report('c001', '+0-180')
  clients.apply()
  t.same(clients.nearest(query), ['c000 0', 'c002 0', 'c003 0'])
  t.same(clients.nearest({ ...query, point: { latitude: 0, longitude: 180 } }), ['c001 0'])
})

t.test('what has changed is seen once it is applied', async (t) => {
  const clients = new PlacedClients()
  const query = { point: { latitude: 34, longitude: -118 }, radiusM: 1_000, limit: 10 }
  clients.report('kiwi', '+34-118')
  t.equal(clients.near.unapplied, 1)
  clients.near.work(1)
  t.equal(clients.near.unapplied, 0)
  t.same(clients.nearest(query), ['kiwi 0'])
  clients.report('kiwi', '+35-118')
  t.same(clients.nearest(query), ['kiwi 0'])
  clients.apply()
  t.same(clients.nearest(query), [])
  clients.report('lime', '+34-118')
  clients.apply()
  clients.remove('lime')
  t.same(clients.nearest(query), [], 'a removal is seen at once')
})

t.test('the table is read first, in slices', async (t) => {
  const clients = new PlacedClients()
  clients.near.close()
  for (let n = 0; n < 5; n += 1) clients.report(`c${n}`, `+${n}+0`)
  const { Near } = await import('../../src/near/near.js')
  const near = new Near(clients.replica)
  t.ok(near.isLoading)
  clients.report('c4', '+50+0')
  near.work(4)
  t.notOk(near.isLoading)
  t.equal(near.unapplied, 1)
  const query = { point: { latitude: 50, longitude: 0 }, radiusM: 0, limit: 1 }
  t.same(near.nearest(query), [])
  near.work(1)
  t.equal(near.nearest(query).length, 1)
  near.close()
  clients.report('c5', '+50+0')
  t.equal(near.unapplied, 0, 'a closed index follows nothing')
})

t.test('the memory of an index is bounded however its clients move', async (t) => {
  const clients = new PlacedClients()
  const move = (round: number): void => {
    for (let n = 0; n < 200; n += 1)
      clients.report(
        `c${n}`,
        positionOf({
          latitude: ((n * 7 + round * 13) % 180) - 90,
          longitude: ((n * round * 11) % 360) - 180,
        }),
      )
    clients.apply()
  }
  for (let round = 0; round < 10; round += 1) move(round)
  const { bytes } = clients.near
  for (let round = 10; round < 60; round += 1) move(round)
  t.ok(clients.near.bytes <= 3 * bytes, `${bytes} bytes, then ${clients.near.bytes}`)
})

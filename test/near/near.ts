import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { ClientNumber } from '../../src/memory/numbers.js'
import { distanceM, isInBox, type Box } from '../../src/near/distance.js'
import { MAX_SCANNED, type BoxPart } from '../../src/near/in-box.js'
import { MAX_CROWD, type NearQuery } from '../../src/near/nearest.js'
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

/** All clients of a box, and in how many parts they came. */
function allInBox({ near }: PlacedClients, box: Box): { numbers: ClientNumber[]; parts: number } {
  const numbers: ClientNumber[] = []
  let parts = 0
  for (let from: number | undefined = 0; from !== undefined; parts += 1) {
    const { clients, next }: BoxPart = near.inBox(box, { limit: 1_000, from })
    numbers.push(...clients)
    from = next
  }
  return { numbers, parts }
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
        const whole = { clients: inside, next: undefined }
        assert.deepEqual(clients.near.inBox(box, { limit: 1_000, from: 0 }), whole)
        const [, second = 0] = inside
        const part = inside.filter((client) => client >= second)
        assert.deepEqual(clients.near.inBox(box, { limit: 2, from: second }), {
          clients: part.slice(0, 2),
          next: part[2],
        })
      }
    }),
    { numRuns: 200, seed: 17 },
  )
})

t.test('all clients of a box that has very many come in pages, each once', async (t) => {
  const clients = new PlacedClients()
  const count = 10_500
  for (let n = 0; n < count; n += 1) clients.report(`c${n}`, `+${(n % 90) + 0.5}+${n % 180}.25`)
  for (let n = 0; n < 20; n += 1) clients.remove(`c${n * 7}`)
  clients.apply()
  const { numbers } = allInBox(clients, EARTH)
  t.equal(numbers.length, count - 20)
  t.equal(new Set(numbers).size, count - 20)
})

t.test('a box with few clients next to a crowd is searched in parts', async (t) => {
  const clients = new PlacedClients()
  for (let n = 0; n <= MAX_SCANNED; n += 1) clients.report(`c${n}`, '+0.0000001+0.0000001')
  clients.report('alone', '+0+0')
  clients.apply()
  const { numbers, parts } = allInBox(clients, { west: -1, south: -1, east: 0, north: 0 })
  t.same(numbers, [MAX_SCANNED + 1])
  t.equal(parts, 2)
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

t.test('of a crowd at one point, so many are looked at', async (t) => {
  const clients = new PlacedClients()
  for (let n = 0; n < MAX_CROWD + 5; n += 1) clients.report(`c${n}`, '+0+0')
  clients.report('east', '+0+1')
  clients.apply()
  let looks = 0
  const isVisible = (client: ClientNumber): boolean => {
    looks += 1
    return clients.idOf(client) === 'east'
  }
  const query = { point: { latitude: 0, longitude: 0 }, radiusM: EVERYWHERE, limit: 1, isVisible }
  t.same(clients.nearest(query), ['east 111195'])
  t.equal(looks, MAX_CROWD + 1)
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

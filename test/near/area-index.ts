import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { contains, meets, type Area } from '../../src/near/area.js'
import { AreaIndex } from '../../src/near/area-index.js'
import { segmentBetween } from '../../src/near/segment.js'
import { areas } from '../fixtures/areas.js'
import { points } from '../fixtures/placed-clients.js'

const lists = fc.array(areas, { maxLength: 40, size: 'max' })

t.test('a point and a line find all areas that they meet', async () => {
  fc.assert(
    fc.property(
      lists,
      lists,
      fc.array(fc.tuple(points, points), { maxLength: 20 }),
      (first, second, lines) => {
        const index = new AreaIndex<number>()
        const all = new Map<number, Area>()
        const put = (area: Area, item: number): void => {
          index.put(item, area)
          all.set(item, area)
        }
        first.forEach(put)
        second.slice(0, 20).forEach(put)
        for (let item = 0; item < first.length; item += 3) {
          index.delete(item)
          all.delete(item)
        }
        for (const [from, to] of lines) {
          const at = new Set<number>()
          index.eachAt(from, (item) => at.add(item))
          for (const [item, area] of all) if (contains(area, from)) assert.ok(at.has(item))
          const segment = segmentBetween(from, to)
          if (!segment) continue
          const along = new Set<number>()
          index.eachAlong(segment, (item) => along.add(item))
          for (const [item, area] of all)
            if (!contains(area, from) && !contains(area, to) && meets(area, segment))
              assert.ok(along.has(item))
          for (const item of [...at, ...along]) assert.ok(all.has(item))
        }
      },
    ),
    { numRuns: 300, seed: 17 },
  )
})

t.test('of many small areas, a point finds only those near it, and a short line too', async (t) => {
  const index = new AreaIndex<number>()
  for (let n = 0; n < 2_000; n += 1)
    index.put(n, {
      kind: 'circle',
      center: { latitude: (n % 170) - 85, longitude: (n * 7) % 180 },
      radiusM: 5_000,
    })
  index.put(2_000, { kind: 'circle', center: { latitude: 90, longitude: 0 }, radiusM: 5_000 })
  const found: number[] = []
  index.eachAt({ latitude: 5, longitude: 0.01 }, (item) => found.push(item))
  t.ok(found.length < 5, `${found.length} at a point`)
  const segment = segmentBetween({ latitude: 5, longitude: 0 }, { latitude: 5.2, longitude: 0.2 })
  assert.ok(segment)
  const along = new Set<number>()
  index.eachAlong(segment, (item) => along.add(item))
  t.ok(along.size < 10, `${along.size} along a line`)
  index.put(7, { kind: 'circle', center: { latitude: -40, longitude: -100 }, radiusM: 5_000 })
  found.length = 0
  index.eachAt({ latitude: -40, longitude: -100 }, (item) => found.push(item))
  t.same(found, [7])
})

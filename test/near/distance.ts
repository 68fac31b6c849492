import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { distanceM, EARTH_RADIUS_M, haversineOfM, haversineToBox, isInBox } from '../../src/near/distance.js'
import type { GeoPoint } from '../../src/protocol/position.js'
import { boxes, points } from '../fixtures/placed-clients.js'

/** The same from the angle between two vectors. */
function vectorDistanceM(a: GeoPoint, b: GeoPoint): number {
  const [one, other] = [a, b].map(({ latitude, longitude }) => {
    const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180]
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)] as const
  }) as [readonly [number, number, number], readonly [number, number, number]]
  const apart = Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2])
  const sum = Math.hypot(one[0] + other[0], one[1] + other[1], one[2] + other[2])
  return 2 * EARTH_RADIUS_M * Math.atan2(apart, sum)
}

t.test('distances are those on a sphere', async (t) => {
  const point = (latitude: number, longitude: number): GeoPoint => ({ latitude, longitude })
  t.equal(Math.round(distanceM(point(0, 0), point(0, 1))), 111_195)
  t.equal(Math.round(distanceM(point(90, 0), point(-90, 77))), 20_015_114)
  t.equal(Math.round(distanceM(point(34.07, -118.44), point(51.5, -0.12))), 8_765_036)
  t.equal(distanceM(point(5, 180), point(5, -180)), 0)
  fc.assert(
    fc.property(points, points, (a, b) => {
      // Near the opposite point, the rounding of a haversine is 0.2 m.
      assert.ok(Math.abs(distanceM(a, b) - vectorDistanceM(a, b)) < 0.5)
    }),
    { numRuns: 1_000, seed: 17 },
  )
})

t.test('a box is as far away as its nearest point', async () => {
  const side = fc.integer({ min: 0, max: 40 }).map((part) => part / 40)
  fc.assert(
    fc.property(points, boxes, side, side, (point, { west, east, south, north }, x, y) => {
      const box = { south, north, west: Math.min(west, east), east: Math.max(west, east) }
      const latitude = Math.min(box.north, box.south + y * (box.north - box.south))
      const longitude = Math.min(box.east, box.west + x * (box.east - box.west))
      const bound = haversineToBox(point, box)
      assert.ok(bound <= haversineOfM(distanceM(point, { latitude, longitude })) * (1 + 1e-9) + 1e-15)
      if (isInBox(box, point)) assert.equal(bound, 0)
    }),
    { numRuns: 2_000, seed: 17 },
  )
})

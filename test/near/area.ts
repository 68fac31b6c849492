import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { boundsOf, boxAround, contains, distanceFrom, meets, type Area } from '../../src/near/area.js'
import { distanceM, isInBox } from '../../src/near/distance.js'
import { pointAlong, segmentBetween, type Segment } from '../../src/near/segment.js'
import { vectorOf, type Vector } from '../../src/near/vector.js'
import type { GeoPoint } from '../../src/protocol/position.js'
import { areas } from '../fixtures/areas.js'
import { points } from '../fixtures/placed-clients.js'

/** Rounding in degrees, and in metres. */
const LITTLE = 1e-7
const SHORT_M = 0.5

function pointOf([x, y, z]: Vector): GeoPoint {
  const degrees = 180 / Math.PI
  return { latitude: Math.atan2(z, Math.hypot(x, y)) * degrees, longitude: Math.atan2(y, x) * degrees }
}

/** An area that is larger, or smaller if `by` is negative; undefined if nothing is left. */
function resized(area: Area, by: 1 | -1): Area | undefined {
  if (area.kind === 'circle') {
    const radiusM = area.radiusM + by * SHORT_M
    return radiusM < 0 ? undefined : { ...area, radiusM }
  }
  const { west, south, east, north } = area.box
  const box = {
    west: west - by * LITTLE,
    east: east + by * LITTLE,
    south: south - by * LITTLE,
    north: north + by * LITTLE,
  }
  const isGone = box.south > box.north || (west <= east && box.west > box.east)
  return isGone ? undefined : { kind: 'box', box }
}

function* samples(segment: Segment, count: number): Generator<GeoPoint> {
  for (let n = 0; n <= count; n += 1) yield pointOf(pointAlong(segment, (n / count) * segment.angle))
}

function isMetBySamples(area: Area | undefined, segment: Segment): boolean {
  if (!area) return false
  for (const point of samples(segment, 2_000)) if (contains(area, point)) return true
  return false
}

t.test('a line meets an area if one of its points is in it', async () => {
  let [met, missed] = [0, 0]
  fc.assert(
    fc.property(areas, points, points, (area, from, to) => {
      const segment = segmentBetween(from, to)
      if (!segment || contains(area, from) || contains(area, to)) return
      const isMet = meets(area, segment)
      if (isMetBySamples(resized(area, -1), segment)) {
        met += 1
        assert.ok(isMet, 'a point of the line is well inside')
      } else if (!isMet) missed += 1
      const closest = Math.min(...Array.from(samples(segment, 2_000), (point) => distanceFrom(area, point)))
      const reach = area.kind === 'circle' ? area.radiusM : 0
      // Between two samples are up to 10 km.
      if (isMet) assert.ok(closest <= reach + 12_000, `${closest} m away`)
    }),
    { numRuns: 1_500, seed: 17 },
  )
  assert.ok(met > 50 && missed > 100, `${met} and ${missed} lines`)
})

t.test('equal and opposite points have no line between them', async (t) => {
  t.equal(segmentBetween({ latitude: 5, longitude: 180 }, { latitude: 5, longitude: -180 }), undefined)
  t.equal(segmentBetween({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 }), undefined)
})

t.test('a line over the 180th meridian and one over a pole meet what is there', async (t) => {
  const across = segmentBetween({ latitude: 0, longitude: 179 }, { latitude: 0, longitude: -179 })
  const over = segmentBetween({ latitude: 80, longitude: 0 }, { latitude: 80, longitude: 180 })
  const box = (west: number, south: number, east: number, north: number): Area => ({
    kind: 'box',
    box: { west, south, east, north },
  })
  const pole: Area = { kind: 'circle', center: { latitude: 90, longitude: 0 }, radiusM: 1_000 }
  assert.ok(across && over)
  t.ok(meets(box(179.5, -1, -179.5, 1), across))
  t.notOk(meets(box(-178, -1, 178, 1), across))
  t.ok(meets(pole, over))
  t.notOk(meets(pole, across))
  t.ok(meets(box(-180, 89, 180, 90), over))
})

t.test('bounds and the box around an area have all of it', async () => {
  fc.assert(
    fc.property(areas, points, (area, point) => {
      if (!contains(area, point)) return
      const { least, greatest } = boundsOf(area)
      vectorOf(point).forEach((value, axis) => {
        assert.ok(value >= (least[axis] as number) && value <= (greatest[axis] as number))
      })
      assert.ok(isInBox(boxAround(area), point))
    }),
    { numRuns: 5_000, seed: 17 },
  )
})

t.test('the distance is that from the centre of a circle, and from the border of a box', async () => {
  fc.assert(
    fc.property(areas, points, (area, point) => {
      const distance = distanceFrom(area, point)
      if (area.kind === 'circle') assert.equal(distance, distanceM(area.center, point))
      // 180° east is not in a box that begins at 180° west, but it is no distance away.
      else if (contains(area, point) || Math.abs(point.longitude) === 180) assert.ok(distance >= 0)
      else assert.ok(distance > 0)
      if (area.kind === 'box' && contains(area, point)) assert.equal(distance, 0)
    }),
    { numRuns: 2_000, seed: 17 },
  )
})

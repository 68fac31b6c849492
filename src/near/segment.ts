import type { GeoPoint } from '../protocol/position.js'
import { EARTH_RADIUS_M, type Box } from './distance.js'
import { combine, crossProduct, dot, vectorOf, type Vector } from './vector.js'

/** The sine of an angle below which two points are the same or opposite, so that no single great circle joins them: 6 micrometres. */
const LEAST_SINE = 1e-12

const RADIANS = Math.PI / 180

/** The shorter great-circle line between two points. */
export interface Segment {
  /** The start, and the direction from there, at a right angle to it. */
  readonly start: Vector
  readonly along: Vector
  /** A right angle to both: the axis that the line turns about. */
  readonly axis: Vector
  /** The length in radians. */
  readonly angle: number
}

/** The line between two points; undefined if they are the same or opposite. */
export function segmentBetween(from: GeoPoint, to: GeoPoint): Segment | undefined {
  const [start, end] = [vectorOf(from), vectorOf(to)]
  const normal = crossProduct(start, end)
  const sine = Math.sqrt(dot(normal, normal))
  if (sine < LEAST_SINE) return undefined
  const axis = combine(normal, 1 / sine, normal, 0)
  return { start, axis, along: crossProduct(axis, start), angle: Math.atan2(sine, dot(start, end)) }
}

/** The point of a line at an angle from its start. */
export function pointAlong({ start, along }: Segment, angle: number): Vector {
  return combine(start, Math.cos(angle), along, Math.sin(angle))
}

/** Whether a line whose ends are outside of a circle meets it. */
export function meetsCircle(
  { start, along, axis, angle }: Segment,
  center: GeoPoint,
  radiusM: number,
): boolean {
  const middle = vectorOf(center)
  const away = Math.asin(Math.min(1, Math.abs(dot(middle, axis))))
  if (away * EARTH_RADIUS_M > radiusM) return false
  // The ends are outside, so only the nearest point of the whole great circle can be inside.
  const nearest = Math.atan2(dot(middle, along), dot(middle, start))
  return nearest > 0 && nearest < angle
}

/** Whether a line whose ends are outside of a box meets it. Then it crosses one of the sides. */
export function meetsBox(segment: Segment, { west, south, east, north }: Box): boolean {
  return (
    [south, north].some((side) =>
      anglesAtLatitude(segment, side).some((angle) =>
        isBetween(west, longitudeOf(pointAlong(segment, angle)), east),
      ),
    ) ||
    [west, east].some((side) =>
      anglesAtLongitude(segment, side).some((angle) => {
        const z = pointAlong(segment, angle)[2]
        return z >= Math.sin(south * RADIANS) && z <= Math.sin(north * RADIANS)
      }),
    )
  )
}

/** Where a line is at a latitude, as angles from its start. */
function anglesAtLatitude({ start, along, angle }: Segment, latitude: number): number[] {
  const highest = Math.hypot(start[2], along[2])
  const height = Math.sin(latitude * RADIANS)
  if (Math.abs(height) > highest) return []
  const top = Math.atan2(along[2], start[2])
  const away = Math.acos(height / highest)
  return [top - away, top + away].map(positive).filter((at) => at <= angle)
}

/** Where a line is at a longitude. */
function anglesAtLongitude(segment: Segment, longitude: number): number[] {
  const { start, along, angle } = segment
  const [x, y] = [Math.cos(longitude * RADIANS), Math.sin(longitude * RADIANS)]
  const [a, b] = [y * start[0] - x * start[1], y * along[0] - x * along[1]]
  const at = Math.atan2(-a, b)
  return [at, at + Math.PI].map(positive).filter((at) => {
    const point = pointAlong(segment, at)
    return at <= angle && x * point[0] + y * point[1] >= 0
  })
}

function longitudeOf([x, y]: Vector): number {
  return Math.atan2(y, x) / RADIANS
}

function isBetween(west: number, longitude: number, east: number): boolean {
  return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east
}

/** The same angle between 0 and a whole turn. */
function positive(angle: number): number {
  return angle < 0 ? angle + 2 * Math.PI : angle >= 2 * Math.PI ? angle - 2 * Math.PI : angle
}

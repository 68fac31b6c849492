import type { GeoPoint } from '../protocol/position.js'
import { distanceM, EARTH_RADIUS_M, haversineToBox, isInBox, type Box } from './distance.js'
import { meetsBox, meetsCircle, type Segment } from './segment.js'
import { vectorOf, type Vector } from './vector.js'

/** A part of the earth. Its border belongs to it. */
export type Area =
  | { readonly kind: 'circle'; readonly center: GeoPoint; readonly radiusM: number }
  | { readonly kind: 'box'; readonly box: Box }

/** The least and the greatest coordinates of some points in space. */
export interface Bounds {
  readonly least: Vector
  readonly greatest: Vector
}

const RADIANS = Math.PI / 180

/** Bounds are wider by so much, 6 mm, than rounding errors could explain. */
const ROUNDING = 1e-9

export function contains(area: Area, point: GeoPoint): boolean {
  return area.kind === 'box' ? isInBox(area.box, point) : distanceM(area.center, point) <= area.radiusM
}

/** The distance of a point from the centre of a circle, or from the nearest point of a box, in metres. */
export function distanceFrom(area: Area, point: GeoPoint): number {
  if (area.kind === 'circle') return distanceM(area.center, point)
  const [least] = partsOf(area.box)
    .map((part) => haversineToBox(point, part))
    .sort((a, b) => a - b)
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(least as number)))
}

/** Whether a line whose ends are outside of an area meets it. */
export function meets(area: Area, segment: Segment): boolean {
  return area.kind === 'box' ? meetsBox(segment, area.box) : meetsCircle(segment, area.center, area.radiusM)
}

/** The smallest box around an area; a whole circle of latitude if it has a pole. */
export function boxAround(area: Area): Box {
  if (area.kind === 'box') return area.box
  const { center, radiusM } = area
  const degrees = (radiusM / EARTH_RADIUS_M / RADIANS) * (1 + ROUNDING) + ROUNDING
  const south = Math.max(-90, center.latitude - degrees)
  const north = Math.min(90, center.latitude + degrees)
  if (south === -90 || north === 90) return { west: -180, south, east: 180, north }
  const wide =
    Math.asin(Math.sin(degrees * RADIANS) / Math.cos(center.latitude * RADIANS)) / RADIANS + ROUNDING
  return { west: turned(center.longitude - wide), south, east: turned(center.longitude + wide), north }
}

/** Where an area is in space. */
export function boundsOf(area: Area): Bounds {
  if (area.kind === 'box') return boundsOfBox(area.box)
  const reach = 2 * Math.sin(Math.min(Math.PI, area.radiusM / EARTH_RADIUS_M) / 2) + ROUNDING
  const [x, y, z] = vectorOf(area.center)
  return { least: [x - reach, y - reach, z - reach], greatest: [x + reach, y + reach, z + reach] }
}

function boundsOfBox({ west, south, east, north }: Box): Bounds {
  const end = east < west ? east + 360 : east
  // How far its points are from the axis of the earth.
  const away = [
    Math.cos(south * RADIANS),
    Math.cos(north * RADIANS),
    ...(south <= 0 && north >= 0 ? [1] : []),
  ]
  const [near, far] = [Math.min(...away), Math.max(...away)]
  const [x, y] = [0, 90].map((axis) => {
    const cosines = [west, end, ...[-360, -180, 0, 180, 360].map((turn) => turn + axis)]
      .filter((longitude) => longitude >= west && longitude <= end)
      .map((longitude) => Math.cos((longitude - axis) * RADIANS))
    const [least, greatest] = [Math.min(...cosines), Math.max(...cosines)]
    return [Math.min(least * near, least * far), Math.max(greatest * near, greatest * far)] as const
  }) as [readonly [number, number], readonly [number, number]]
  return {
    least: [x[0] - ROUNDING, y[0] - ROUNDING, Math.sin(south * RADIANS) - ROUNDING],
    greatest: [x[1] + ROUNDING, y[1] + ROUNDING, Math.sin(north * RADIANS) + ROUNDING],
  }
}

/** The parts of a box on either side of the 180th meridian. */
function partsOf(box: Box): readonly Box[] {
  return box.west <= box.east
    ? [box]
    : [
        { ...box, east: 180 },
        { ...box, west: -180 },
      ]
}

/** The same longitude between -180 and 180 degrees. */
function turned(longitude: number): number {
  return longitude < -180 ? longitude + 360 : longitude > 180 ? longitude - 360 : longitude
}

/** The same, where there may be no area. */
export function isInArea(area: Area | undefined, point: GeoPoint): boolean {
  return area !== undefined && contains(area, point)
}

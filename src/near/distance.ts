import type { GeoPoint } from '../protocol/position.js'

/** The mean radius of the earth in metres, as in IUGG's model: distances are those on a sphere. */
export const EARTH_RADIUS_M = 6_371_008.8

/** A part of the earth's surface in degrees. If `west` is greater than `east`, it crosses the 180th meridian. */
export interface Box {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

const RADIANS = Math.PI / 180

/** The great-circle distance of two points in metres. */
export function distanceM(a: GeoPoint, b: GeoPoint): number {
  const latitude = haversine(b.latitude - a.latitude)
  const longitude = haversine(degreesBetween(a.longitude, b.longitude))
  const sum = latitude + cosine(a.latitude) * cosine(b.latitude) * longitude
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(sum)))
}

/**
 * The haversine of the angle in which a distance is seen from the earth's centre. It grows with the distance and takes less time to compute, so
 * limits are compared in it.
 */
export function haversineOfM(distance: number): number {
  return Math.sin(Math.min(distance / (2 * EARTH_RADIUS_M), Math.PI / 2)) ** 2
}

/** The haversine of the distance from a point to the nearest point of a box that does not cross the 180th meridian; 0 inside. */
export function haversineToBox({ latitude, longitude }: GeoPoint, { west, south, east, north }: Box): number {
  if (longitude >= west && longitude <= east)
    return haversine(Math.max(south - latitude, latitude - north, 0))
  // On each parallel, the side that is nearer in longitude is the nearest part of the box.
  const away = Math.min(degreesBetween(longitude, west), degreesBetween(longitude, east))
  const nearest = Math.atan2(sine(latitude), cosine(latitude) * cosine(away)) / RADIANS
  if (nearest >= south && nearest <= north) {
    // Napier's rule for the right angle between that side and the shortest way to it.
    const square = (cosine(latitude) * sine(away)) ** 2
    return square / (2 * (1 + Math.sqrt(1 - square)))
  }
  const along = cosine(latitude) * haversine(away)
  const toSouth = haversine(south - latitude) + along * cosine(south)
  const toNorth = haversine(north - latitude) + along * cosine(north)
  return Math.min(toSouth, toNorth)
}

/** Whether a point is in a box or on its border. */
export function isInBox({ west, south, east, north }: Box, { latitude, longitude }: GeoPoint): boolean {
  if (latitude < south || latitude > north) return false
  if (west <= east) return longitude >= west && longitude <= east
  return longitude >= west || longitude <= east
}

function haversine(degrees: number): number {
  return Math.sin((degrees / 2) * RADIANS) ** 2
}

/** The angle between two meridians, 0 to 180. */
function degreesBetween(a: number, b: number): number {
  const difference = Math.abs(a - b)
  return difference > 180 ? 360 - difference : difference
}

function sine(degrees: number): number {
  return Math.sin(degrees * RADIANS)
}

function cosine(degrees: number): number {
  return Math.cos(degrees * RADIANS)
}

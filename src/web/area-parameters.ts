import { MAX_NEAR_RADIUS_KM } from '../protocol/command.js'
import { toBytes } from '../protocol/bytes.js'
import { endAtMost } from '../protocol/decimal.js'
import type { GeoPoint } from '../protocol/position.js'
import type { Box } from '../near/distance.js'
import { parseDegrees } from './in/degrees.js'
import { isFault, quote } from './in/incoming.js'
import { problem, type Problem } from './problem.js'

/** Parses `LAT,LON` in decimal degrees, such as `34.06,-118.44`. */
export function parsePoint(text: string): GeoPoint | Problem {
  const [latitude = '', longitude, ...more] = text.split(',')
  if (longitude === undefined || more.length > 0)
    return areaProblem('near', `must be a latitude and a longitude such as 34.06,-118.44, not ${quote(text)}`)
  return parseCorner('near', latitude, longitude)
}

/** Parses the parameter `radiusKm`; returns metres. */
export function parseRadiusKm(text: string): number | Problem {
  const bytes = toBytes(text)
  if (endAtMost(bytes, 0, bytes.length, MAX_NEAR_RADIUS_KM) === bytes.length) return 1_000 * Number(text)
  return areaProblem('radiusKm', `must be a number from 0 to ${MAX_NEAR_RADIUS_KM}, not ${quote(text)}`)
}

/** Parses `W,S,E,N` in decimal degrees. If west is greater than east, the box crosses the 180th meridian. */
export function parseBox(text: string): Box | Problem {
  const sides = text.split(',')
  if (sides.length !== 4)
    return areaProblem(
      'bbox',
      `must be west, south, east and north such as -119,34,-118,35, not ${quote(text)}`,
    )
  const [west, south, east, north] = sides as [string, string, string, string]
  const southWest = parseCorner('bbox', south, west)
  if ('kind' in southWest) return southWest
  const northEast = parseCorner('bbox', north, east)
  if ('kind' in northEast) return northEast
  if (southWest.latitude > northEast.latitude)
    return areaProblem('bbox', 'has its south side north of its north side')
  return {
    west: southWest.longitude,
    south: southWest.latitude,
    east: northEast.longitude,
    north: northEast.latitude,
  }
}

/** Says what is wrong with one parameter; `detail` continues a sentence that begins with its name. */
export function areaProblem(parameter: string, detail: string): Problem {
  return problem(400, `"${parameter}" ${detail}`, { errors: [{ parameter, detail }] })
}

function parseCorner(parameter: string, latitude: string, longitude: string): GeoPoint | Problem {
  const [north, east] = [parseDegrees(latitude, 'latitude'), parseDegrees(longitude, 'longitude')]
  if (isFault(north)) return areaProblem(parameter, `is wrong: ${north.why}`)
  if (isFault(east)) return areaProblem(parameter, `is wrong: ${east.why}`)
  return { latitude: Number(north), longitude: Number(east) }
}

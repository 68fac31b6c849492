import { MINUS, PLUS, toBytes } from './bytes.js'
import { isAtMost, NO_DECIMAL, pointIn } from './decimal.js'

/** A position in decimal degrees, digits as typed but without a plus sign: `{ latitude: '34.068930', longitude: '-118.445127' }`. */
export interface Position {
  readonly latitude: string
  readonly longitude: string
}

export const MAX_LATITUDE = 90
export const MAX_LONGITUDE = 180

/** Whether some bytes are an ISO 6709 position in decimal degrees, such as `+34.068930-118.445127`. */
export function isPosition(bytes: Buffer, start: number, end: number): boolean {
  const longitude = longitudeIn(bytes, start, end)
  return (
    isSign(bytes[start]) &&
    isWithin(bytes, start + 1, longitude, MAX_LATITUDE) &&
    isWithin(bytes, longitude + 1, end, MAX_LONGITUDE)
  )
}

/** Reads such a position; undefined for anything else. */
export function parsePosition(text: string): Position | undefined {
  const bytes = toBytes(text)
  if (!isPosition(bytes, 0, bytes.length)) return undefined
  const longitude = longitudeIn(bytes, 0, bytes.length)
  return { latitude: unsignPlus(text.slice(0, longitude)), longitude: unsignPlus(text.slice(longitude)) }
}

/** Where the second sign is; `end` if there is none. */
function longitudeIn(bytes: Buffer, start: number, end: number): number {
  let at = start + 1
  while (at < end && !isSign(bytes[at])) at += 1
  return at
}

function isWithin(bytes: Buffer, start: number, end: number, limit: number): boolean {
  const point = pointIn(bytes, start, end)
  return point !== NO_DECIMAL && isAtMost(bytes, start, point, end, limit)
}

function isSign(byte: number | undefined): boolean {
  return byte === PLUS || byte === MINUS
}

// Web services want no plus sign, and in a URL an unescaped one would even be read as a space.
function unsignPlus(degrees: string): string {
  return degrees.startsWith('+') ? degrees.slice(1) : degrees
}

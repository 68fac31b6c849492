import { MINUS, PLUS, toBytes } from './bytes.js'
import { endAtMost, NO_DECIMAL } from './decimal.js'

/** A position in decimal degrees, digits as typed but without a plus sign: `{ latitude: '34.068930', longitude: '-118.445127' }`. */
export interface Position {
  readonly latitude: string
  readonly longitude: string
}

export const MAX_LATITUDE = 90
export const MAX_LONGITUDE = 180

/** Whether bytes are an ISO 6709 position in decimal degrees, such as `+34.068930-118.445127`. */
export function isPosition(bytes: Uint8Array, start: number, end: number): boolean {
  if (!isSign(bytes[start])) return false
  const longitude = endAtMost(bytes, start + 1, end, MAX_LATITUDE)
  return (
    longitude !== NO_DECIMAL &&
    isSign(bytes[longitude]) &&
    endAtMost(bytes, longitude + 1, end, MAX_LONGITUDE) === end
  )
}

/** Parses such a position; undefined for anything else. */
export function parsePosition(text: string): Position | undefined {
  const bytes = toBytes(text)
  if (!isPosition(bytes, 0, bytes.length)) return undefined
  const longitude = Math.max(text.indexOf('+', 1), text.indexOf('-', 1))
  return { latitude: unsignPlus(text.slice(0, longitude)), longitude: unsignPlus(text.slice(longitude)) }
}

function isSign(byte: number | undefined): boolean {
  return byte === PLUS || byte === MINUS
}

// Web services want no plus sign, and in a URL an unescaped one would be read as a space.
function unsignPlus(degrees: string): string {
  return degrees.startsWith('+') ? degrees.slice(1) : degrees
}

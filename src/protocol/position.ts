import { MINUS, PLUS, POINT, toBytes, toText, ZERO } from './bytes.js'
import { endAtMost, NO_DECIMAL } from './decimal.js'

/** A position in decimal degrees, digits as typed but without a plus sign: `{ latitude: '34.068930', longitude: '-118.445127' }`. */
export interface Position {
  readonly latitude: string
  readonly longitude: string
}

/** A position as numbers, in degrees. */
export interface GeoPoint {
  readonly latitude: number
  readonly longitude: number
}

export const MAX_LATITUDE = 90
export const MAX_LONGITUDE = 180

/** ISO 6709 writes degrees with two and three digits. With more, they are degrees and minutes: `+0012-00034` is 12 minutes north, 34 west. */
export const LATITUDE_DIGITS = 2
export const LONGITUDE_DIGITS = 3

/** Whether bytes are an ISO 6709 position in decimal degrees, such as `+34.068930-118.445127`. */
export function isPosition(bytes: Uint8Array, start: number, end: number): boolean {
  return isWithin(bytes, start, end, LATITUDE_DIGITS, LONGITUDE_DIGITS)
}

/**
 * Whether bytes are a position as version 0.1.0 took it from clients, with any number of digits before the point. It is still taken on links and from
 * disk: a server that refused such reports would never be in sync with those that hold them.
 */
export function isReportedPosition(bytes: Uint8Array, start: number, end: number): boolean {
  return isWithin(bytes, start, end, Infinity, Infinity)
}

function isWithin(
  bytes: Uint8Array,
  start: number,
  end: number,
  latitudeDigits: number,
  longitudeDigits: number,
): boolean {
  if (!isSign(bytes[start])) return false
  const longitude = endAtMost(bytes, start + 1, end, MAX_LATITUDE, latitudeDigits)
  return (
    longitude !== NO_DECIMAL &&
    isSign(bytes[longitude]) &&
    endAtMost(bytes, longitude + 1, end, MAX_LONGITUDE, longitudeDigits) === end
  )
}

/** Parses the position of a report; undefined for anything else. */
export function parsePosition(text: string): Position | undefined {
  const bytes = toBytes(text)
  if (!isReportedPosition(bytes, 0, bytes.length)) return undefined
  const longitude = Math.max(text.indexOf('+', 1), text.indexOf('-', 1))
  return { latitude: unsignPlus(text.slice(0, longitude)), longitude: unsignPlus(text.slice(longitude)) }
}

/** The position in the bytes of a report. */
export function geoPointIn(bytes: Uint8Array, start: number, end: number): GeoPoint {
  let longitude = start + 1
  while (!isSign(bytes[longitude])) longitude += 1
  return { latitude: degreesIn(bytes, start, longitude), longitude: degreesIn(bytes, longitude, end) }
}

/** A double holds all whole numbers with so many digits, and all powers of ten that they may have to be divided by. */
const EXACT_DIGITS = 15

/** The double that is nearest to a signed decimal. Usual ones take a tenth of the time of `Number`. */
function degreesIn(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > EXACT_DIGITS) return Number(toText(bytes, start, end))
  let digits = 0
  let divisor = 1
  for (let at = start + 1, isFraction = false; at < end; at += 1) {
    const byte = bytes[at] as number
    if (isFraction) divisor *= 10
    if (byte === POINT) isFraction = true
    else digits = digits * 10 + byte - ZERO
  }
  return bytes[start] === MINUS ? -digits / divisor : digits / divisor
}

function isSign(byte: number | undefined): boolean {
  return byte === PLUS || byte === MINUS
}

// Web services want no plus sign, and in a URL an unescaped one would be read as a space.
function unsignPlus(degrees: string): string {
  return degrees.startsWith('+') ? degrees.slice(1) : degrees
}

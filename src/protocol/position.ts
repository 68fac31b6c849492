import { isAtMost, parseDecimal } from './decimal.js'

/** A position in decimal degrees, digits as typed but without a plus sign: `{ latitude: '34.068930', longitude: '-118.445127' }`. */
export interface Position {
  readonly latitude: string
  readonly longitude: string
}

export const MAX_LATITUDE = 90
export const MAX_LONGITUDE = 180

const SIGNED_PAIR = /^([+-])([0-9.]+)([+-])([0-9.]+)$/

/** Reads an ISO 6709 position in decimal degrees, such as `+34.068930-118.445127`; undefined for anything else. */
export function parsePosition(text: string): Position | undefined {
  const match = SIGNED_PAIR.exec(text)
  if (!match) return undefined
  const [, latitudeSign, latitude = '', longitudeSign, longitude = ''] = match
  if (!isWithin(latitude, MAX_LATITUDE) || !isWithin(longitude, MAX_LONGITUDE)) return undefined
  return { latitude: unsignPlus(latitudeSign, latitude), longitude: unsignPlus(longitudeSign, longitude) }
}

function isWithin(digits: string, limit: number): boolean {
  const decimal = parseDecimal(digits)
  return decimal !== undefined && isAtMost(decimal, limit)
}

// Web services want no plus sign, and in a URL an unescaped one would even be read as a space.
function unsignPlus(sign: string | undefined, digits: string): string {
  return sign === '-' ? `-${digits}` : digits
}

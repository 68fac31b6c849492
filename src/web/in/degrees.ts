import { toBytes } from '../../protocol/bytes.js'
import { endAtMost } from '../../protocol/decimal.js'
import { LATITUDE_DIGITS, LONGITUDE_DIGITS, MAX_LATITUDE, MAX_LONGITUDE } from '../../protocol/position.js'
import { fault, quote, type Fault } from './incoming.js'
import { parsePlainDecimal } from './plain-decimal.js'

const LIMITS = {
  latitude: { most: MAX_LATITUDE, digits: LATITUDE_DIGITS },
  longitude: { most: MAX_LONGITUDE, digits: LONGITUDE_DIGITS },
} as const

/** Parses a latitude or longitude to signed decimal degrees that an `IAMAT` takes, with the digits of the text. */
export function parseDegrees(text: string, axis: keyof typeof LIMITS): string | Fault {
  const { most, digits: mostDigits } = LIMITS[axis]
  // An unescaped plus sign in a URL is a space.
  const decimal = parsePlainDecimal(text.trim())
  if (decimal) {
    const bytes = toBytes(decimal.digits)
    if (endAtMost(bytes, 0, bytes.length, most, mostDigits) === bytes.length)
      return decimal.sign + decimal.digits
  }
  return fault(
    `the ${axis} ${quote(text)} is not a number from -${most} to ${most} with a decimal point, such as 34.06893`,
  )
}

import { fault, quote, type Fault } from './incoming.js'
import { parsePlainDecimal, shifted } from './plain-decimal.js'

/** With more digits before the point than seconds have until the year 5138, a number is in milliseconds. They have 12 since 1973. */
const MAX_SECONDS_DIGITS = 11
const MAX_MILLISECONDS_DIGITS = MAX_SECONDS_DIGITS + 3

const DATE = '([0-9]{4})-([0-9]{2})-([0-9]{2})'
const CLOCK = '([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,30}))?)?'
// An unescaped plus sign in a URL is a space.
const ZONE = '(?:Z|([-+ ])([01][0-9]|2[0-3])(?::?([0-5][0-9]))?)?'
const DATE_TIME = new RegExp(`^${DATE}[T ]${CLOCK} ?${ZONE}$`, 'i')

const MILLISECONDS_PER_SECOND = 1_000
const SECONDS_PER_MINUTE = 60
const MINUTES_PER_HOUR = 60

/**
 * Parses the time of an app to POSIX seconds: seconds or milliseconds since 1970, ISO 8601 with any zone, or `2021-01-31 08:05:09`, which is in UTC
 * as all times without a zone. The digits of a fraction stay as they are.
 */
export function parseAppTime(text: string): string | Fault {
  const trimmed = text.trim()
  return (
    parseNumber(trimmed) ??
    parseDateTime(trimmed) ??
    fault(
      `the time ${quote(text)} is neither seconds or milliseconds since 1970 nor a date and time since then, such as 2021-01-31T08:05:09Z`,
    )
  )
}

function parseNumber(text: string): string | undefined {
  const decimal = parsePlainDecimal(text)
  if (decimal?.sign !== '+') return undefined
  const [whole = '', fraction = ''] = decimal.digits.split('.')
  if (whole.length <= MAX_SECONDS_DIGITS) return decimal.digits
  return whole.length <= MAX_MILLISECONDS_DIGITS ? shifted(whole, fraction, -3) : undefined
}

function parseDateTime(text: string): string | undefined {
  const found = DATE_TIME.exec(text)
  if (!found) return undefined
  const [day, hour, minute, second = '0', fraction, sign, zoneHours = '0', zoneMinutes = '0'] = found.slice(3)
  const midnight = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  // A date that does not exist, such as 30 February, becomes another one, or none.
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(day)) return undefined
  const zone = (MINUTES_PER_HOUR * Number(zoneHours) + Number(zoneMinutes)) * (sign === '-' ? -1 : 1)
  const minutes = MINUTES_PER_HOUR * Number(hour) + Number(minute) - zone
  const seconds = midnight.getTime() / MILLISECONDS_PER_SECOND + minutes * SECONDS_PER_MINUTE + Number(second)
  if (seconds < 0) return undefined
  return fraction === undefined ? String(seconds) : `${seconds}.${fraction}`
}

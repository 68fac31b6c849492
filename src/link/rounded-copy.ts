import { toText } from '../protocol/bytes.js'
import type { Report } from '../protocol/report.js'
import { parsePosition, type Position } from '../protocol/position.js'

/**
 * How far a copy with fewer digits may be from the original, in units of its last digit: less than one when digits were cut or rounded, less
 * than two when the number was a double as well. A double resolves 240 ns, so that matters only from the seventh digit on.
 */
const TOLERANCE = 1n
const DOUBLE_TOLERANCE = 2n
const DOUBLE_DIGITS = 7

/**
 * Whether a report is a copy of another one of the same client, made by a server that does not keep digits: its time has fewer digits, or its
 * position is typed otherwise. The skew does not matter. This is not transitive (5.26, 5.3, 5.28), so it must not decide which report wins.
 */
export function isRoundedCopy(copy: Report, original: Report): boolean {
  const time = toText(copy.bytes, copy.time, copy.end)
  const originalTime = toText(original.bytes, original.time, original.end)
  return isRounded(time, originalTime) && isSamePlace(positionOf(copy), positionOf(original))
}

/**
 * Whether the time of a report may be that of an older one, rounded up, which a forget has forgotten. The time of the forget has to be earlier. So
 * a report that a classic server has really received within its last digit of that is lost, too.
 */
export function mayBeRounded(report: Report, forget: Report): boolean {
  const time = toText(report.bytes, report.time, report.end)
  const until = toText(forget.bytes, forget.time, forget.end)
  const own = fractionDigits(time)
  const digits = Math.max(own, fractionDigits(until))
  return scaled(time, digits) - scaled(until, digits) < limitOf(own, digits)
}

/** Whether two decimals are equal, or the first has fewer digits after the point and is the second cut or rounded. */
function isRounded(copy: string, original: string): boolean {
  const [copyDigits, originalDigits] = [fractionDigits(copy), fractionDigits(original)]
  const digits = Math.max(copyDigits, originalDigits)
  const apart = scaled(copy, digits) - scaled(original, digits)
  if (apart === 0n) return true
  if (copyDigits >= originalDigits) return false
  const limit = limitOf(copyDigits, digits)
  return apart < limit && -apart < limit
}

/** How far a copy with so many digits may be from its original, in units of the last of `digits` digits. */
function limitOf(copyDigits: number, digits: number): bigint {
  const units = copyDigits < DOUBLE_DIGITS ? TOLERANCE : DOUBLE_TOLERANCE
  return units * 10n ** BigInt(digits - copyDigits)
}

type Place = readonly [latitude: string, longitude: string]

function isSamePlace(copy: Place, original: Place): boolean {
  return copy.every((degrees, index) => isRounded(degrees, original[index] as string))
}

function positionOf({ bytes, position, time }: Report): Place {
  const { latitude, longitude } = parsePosition(toText(bytes, position, time - 1)) as Position
  return [latitude, longitude]
}

/** How many digits are typed after the point. */
function fractionDigits(decimal: string): number {
  return decimal.split('.')[1]?.length ?? 0
}

/** A decimal times a power of ten, as a whole number. */
function scaled(decimal: string, digits: number): bigint {
  const [whole, fraction = ''] = decimal.split('.') as [string, string?]
  return BigInt(`${whole}${fraction.padEnd(digits, '0').slice(0, digits)}`)
}

import { POINT, ZERO } from './bytes.js'

/** What `pointIn` gives for bytes that are no decimal. */
export const NO_DECIMAL = -1

/**
 * Where the point is in a decimal, digits with an optional point and digits: its index, or `end` if there is none. Deliberately narrower
 * than JavaScript's Number(): no sign, exponent, hexadecimal, underscore, `5.` or `.5`, and only the digits 0 to 9.
 */
export function pointIn(bytes: Buffer, start: number, end: number): number {
  let point = end
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number
    if (byte === POINT && point === end) point = at
    else if (!isDigit(byte)) return NO_DECIMAL
  }
  return start >= end || point === start || point === end - 1 ? NO_DECIMAL : point
}

/**
 * Whether a decimal whose point is known is at most `limit`, a small whole number. Exact however many digits there are: as a double,
 * 90.0000000000000000001 would be 90.
 */
export function isAtMost(bytes: Buffer, start: number, point: number, end: number, limit: number): boolean {
  let whole = 0
  for (let at = start; at < point; at += 1) {
    whole = whole * 10 + (bytes[at] as number) - ZERO
    if (whole > limit) return false
  }
  if (whole < limit) return true
  for (let at = point + 1; at < end; at += 1) if (bytes[at] !== ZERO) return false
  return true
}

/** A whole number of at most so many digits; undefined for anything else. */
export function wholeIn(bytes: Buffer, start: number, end: number, mostDigits: number): number | undefined {
  if (end - start > mostDigits) return undefined
  let whole = 0
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number
    if (!isDigit(byte)) return undefined
    whole = whole * 10 + (byte - ZERO)
  }
  return whole
}

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte < ZERO + 10
}

import { POINT, ZERO } from './bytes.js'

/** Returned for bytes that are not a decimal. */
export const NO_DECIMAL = -1

/**
 * The index of the point in a decimal (digits, optionally a point and more digits), or `end` if it has none. Deliberately stricter
 * than JavaScript's Number(): no sign, exponent, hexadecimal, underscore, `5.` or `.5`, and only the digits 0 to 9.
 */
export function pointIn(bytes: Uint8Array, start: number, end: number): number {
  let point = end
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number
    if (byte === POINT && point === end) point = at
    else if (!isDigit(byte)) return NO_DECIMAL
  }
  return point <= start || point === end - 1 ? NO_DECIMAL : point
}

/**
 * The end of the longest decimal at the start of some bytes, if it is at most `limit`, a small whole number. Exact for any number of
 * digits: as a double, 90.0000000000000000001 would be 90. With `mostDigits`, it may have no more digits than that before the point.
 */
export function endAtMost(
  bytes: Uint8Array,
  start: number,
  end: number,
  limit: number,
  mostDigits = Infinity,
): number {
  let at = start
  let whole = 0
  for (; at < end && isDigit(bytes[at] as number); at += 1) whole = whole * 10 + (bytes[at] as number) - ZERO
  if (at === start || at - start > mostDigits || whole > limit) return NO_DECIMAL
  if (bytes[at] !== POINT || at === end) return at
  const fraction = at + 1
  let isMore = false
  for (at = fraction; at < end && isDigit(bytes[at] as number); at += 1) isMore ||= bytes[at] !== ZERO
  return at === fraction || (isMore && whole === limit) ? NO_DECIMAL : at
}

/** Parses a whole number with a limited number of digits; undefined for anything else. */
export function wholeIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  mostDigits: number,
): number | undefined {
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

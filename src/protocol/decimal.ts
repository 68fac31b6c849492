/** A number as it was typed: the digits before and after its point. Both keep every digit. */
export interface Decimal {
  readonly whole: string
  readonly fraction: string
}

// Deliberately narrower than JavaScript's Number(): no sign, exponent, hexadecimal, underscore, `5.` or `.5`,
// and only the digits 0 to 9.
const DECIMAL = /^([0-9]+)(?:\.([0-9]+))?$/

/** Reads digits with an optional point and digits; undefined for anything else. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text)
  if (!match) return undefined
  const [, whole = '', fraction = ''] = match
  return { whole, fraction }
}

/**
 * Whether a decimal is at most `limit`, a small whole number. Exact however many digits there are: as a double,
 * 90.0000000000000000001 would be 90.
 */
export function isAtMost(decimal: Decimal, limit: number): boolean {
  const whole = Number(decimal.whole)
  return whole < limit || (whole === limit && !/[1-9]/.test(decimal.fraction))
}

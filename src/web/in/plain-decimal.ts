/** A number without an exponent. */
export interface PlainDecimal {
  readonly sign: '+' | '-'
  /** At least one digit, and after a point at least one more. */
  readonly digits: string
}

/** The smallest double takes fewer when it is written out. */
const MAX_CHARS = 400

const DECIMAL = /^([+-]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$/

/**
 * Parses a decimal that may have an exponent. Java writes numbers below 0.001 so, and many writers of JSON those below 0.0001: a phone in Greenwich
 * is at longitude `-5.0E-4`. The exponent is written out without rounding: `-0.00050`. Other digits stay as they are. Undefined for anything else.
 */
export function parsePlainDecimal(text: string): PlainDecimal | undefined {
  if (text.length > MAX_CHARS) return undefined
  const [, sign, whole = '', fraction = '', exponent] = DECIMAL.exec(text) ?? []
  if (sign === undefined) return undefined
  const digits = exponent === undefined ? joined(whole, fraction) : shifted(whole, fraction, Number(exponent))
  return digits.length > MAX_CHARS ? undefined : { sign: sign === '-' ? '-' : '+', digits }
}

/** The digits of a number times ten to the power of `places`. */
export function shifted(whole: string, fraction: string, places: number): string {
  const digits = '0'.repeat(Math.max(0, -places)) + whole + fraction + '0'.repeat(Math.max(0, places))
  const point = Math.max(0, -places) + whole.length + places
  const end = places > 0 ? Math.max(point, digits.length - places) : digits.length
  return joined(digits.slice(0, point).replace(/^0+(?=[0-9])/, ''), digits.slice(point, end))
}

function joined(whole: string, fraction: string): string {
  return fraction === '' ? whole : `${whole}.${fraction}`
}

import * as z from 'zod/mini'

/** The numbers that a flag takes: from `least`, or more than `above`, to `most`. */
interface NumberRange {
  readonly least?: number
  readonly above?: number
  readonly most: number
}

/** No exponent, hexadecimal, white space or empty text, all of which JavaScript's Number() takes. A negative number is told its range. */
const DECIMAL = /^-?[0-9]+(?:\.[0-9]+)?$/
const WHOLE = /^-?[0-9]+$/

/** A plain decimal number on a command line. `noun` is what it should be, such as `a number of seconds`. */
export function decimalFlag(noun: string, range: NumberRange): z.ZodMiniType<number> {
  return numberFlag(DECIMAL, noun, range)
}

/** A whole number on a command line. */
export function wholeFlag(range: NumberRange): z.ZodMiniType<number> {
  return numberFlag(WHOLE, 'a whole number', range)
}

/** A number of seconds on a command line. */
export function secondsFlag(range: NumberRange): z.ZodMiniType<number> {
  return decimalFlag('a number of seconds', range)
}

function numberFlag(
  pattern: RegExp,
  noun: string,
  { above = -Infinity, least = -Infinity, most }: NumberRange,
): z.ZodMiniType<number> {
  return z
    .pipe(z.string().check(z.regex(pattern, `is not ${noun}`)), z.transform(Number))
    .check(
      z.gt(above, `is not more than ${above}`),
      z.minimum(least, `is less than ${least}`),
      z.maximum(most, `is more than ${most}`),
    )
}

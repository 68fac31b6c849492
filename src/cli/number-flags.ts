import * as z from 'zod/mini'
import { parseDuration } from './duration.js'

/** The numbers that a flag takes: from `least`, or more than `above`, to `most`. */
interface NumberRange {
  readonly least?: number
  readonly above?: number
  readonly most: number
}

/** No exponent, hexadecimal, white space or empty text, all of which JavaScript's Number() takes. A negative number is told its range. */
const DECIMAL = /^-?[0-9]+(?:\.[0-9]+)?$/
const WHOLE = /^-?[0-9]+$/

/** A plain decimal number on a command line. `noun` is what it should be, such as `a percentage`. */
export function decimalFlag(noun: string, range: NumberRange): z.ZodMiniType<number> {
  return numberFlag(DECIMAL, noun, range)
}

/** A whole number on a command line. */
export function wholeFlag(range: NumberRange): z.ZodMiniType<number> {
  return numberFlag(WHOLE, 'a whole number', range)
}

/** A length of time on a command line: a duration such as `1m30s`, or a number of seconds. The value is in seconds. */
export function secondsFlag(range: NumberRange): z.ZodMiniType<number> {
  const text = z.string().check(z.refine(isTime, 'is not a time such as 500ms, 5s or 1h30m'))
  return inRange(z.pipe(text, z.transform(toSeconds)), range, ' s')
}

function isTime(text: string): boolean {
  return DECIMAL.test(text) || parseDuration(text) !== undefined
}

function toSeconds(text: string): number {
  const ms = parseDuration(text)
  return ms === undefined ? Number(text) : ms / 1_000
}

function numberFlag(pattern: RegExp, noun: string, range: NumberRange): z.ZodMiniType<number> {
  return inRange(z.pipe(z.string().check(z.regex(pattern, `is not ${noun}`)), z.transform(Number)), range)
}

function inRange(
  flag: z.ZodMiniType<number>,
  { above = -Infinity, least = -Infinity, most }: NumberRange,
  unit = '',
): z.ZodMiniType<number> {
  return flag.check(
    z.gt(above, `is not more than ${above}${unit}`),
    z.minimum(least, `is less than ${least}${unit}`),
    z.maximum(most, `is more than ${most}${unit}`),
  )
}

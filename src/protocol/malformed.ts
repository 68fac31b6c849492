import { fieldText, isDecimalUpTo } from './line-fields.js'
import type { Line } from './lines.js'
import { LATITUDE_DIGITS, LONGITUDE_DIGITS, MAX_LATITUDE, MAX_LONGITUDE } from './position.js'

/** A line that is no valid command. */
export interface Malformed {
  readonly kind: 'malformed'
  readonly why: string
  /** The name of an unknown command. A newer version may know it. */
  readonly unknown?: string
}

/** A line that is wrong for this reason. */
export function malformed(why: string): Malformed {
  return { kind: 'malformed', why }
}

/** A line with a field that should be a position. */
export function badPosition(line: Line, field: number): Malformed {
  return malformed(
    `position "${fieldText(line, field)}" is not a signed latitude and longitude such as +34.06-118.44, of at most ${MAX_LATITUDE} and ${MAX_LONGITUDE} degrees, with at most ${LATITUDE_DIGITS} and ${LONGITUDE_DIGITS} digits before the points`,
  )
}

/** A line with a field that should be a time. */
export function badTime(line: Line, field: number): Malformed {
  return malformed(`time "${fieldText(line, field)}" is not a POSIX time like 1621464827.959498503`)
}

/** What is wrong with a radius and a number of items, the last two of four fields. */
export function rangeFault(line: Line, mostKm: number, mostItems: number): Malformed | undefined {
  const [radius, items] = [fieldText(line, 2), fieldText(line, 3)]
  if (!isDecimalUpTo(line, 2, mostKm)) return malformed(`radius "${radius}" is outside 0 to ${mostKm} km`)
  if (isDecimalUpTo(line, 3, mostItems) && !items.includes('.')) return undefined
  return malformed(`number of items "${items}" is not a whole number from 0 to ${mostItems}`)
}

/** How many fields a line has after its name, in words. */
export function fieldsOf({ fieldCount }: Line): string {
  return fieldCount === 2 ? '1 field' : `${fieldCount - 1} fields`
}

import { isDigit } from './decimal.js'
import { ZERO } from './bytes.js'
import type { Report } from './report.js'

/**
 * The time that decides when a statement about a client expires, in whole seconds since 1970, rounded down: its own, or that of its generation if
 * that is later, since no report that the generation makes forget is later than it. The value may be beyond any real time.
 */
export function expiryTime(
  { bytes, time, end }: Pick<Report, 'bytes' | 'time' | 'end'>,
  generation = 0,
): number {
  let seconds = 0
  for (let at = time; at < end && isDigit(bytes[at] as number); at += 1)
    seconds = seconds * 10 + (bytes[at] as number) - ZERO
  return Math.max(seconds, generation)
}

import { NANOSECONDS_PER_MILLISECOND } from '../protocol/time.js'

/** Tells the time now, in nanoseconds since 1970-01-01T00:00:00Z. */
export type Clock = () => bigint

/**
 * The system's clock in nanoseconds. Node tells the time of day in milliseconds only, and nanoseconds only of a clock with no
 * date; so the second is read as an offset from the first, and anew whenever the two part (a clock that was set).
 */
export function systemClock(
  milliseconds: () => number = () => Date.now(),
  monotonic: () => bigint = () => process.hrtime.bigint(),
): Clock {
  let offset = 0n
  return () => {
    const date = BigInt(milliseconds()) * NANOSECONDS_PER_MILLISECOND
    const ticks = monotonic()
    const past = ticks + offset - date
    if (past < 0n || past >= NANOSECONDS_PER_MILLISECOND) offset = date - ticks
    return ticks + offset
  }
}

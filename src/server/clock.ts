import { NANOSECONDS_PER_MILLISECOND } from '../protocol/time.js'

/** Returns the current time in nanoseconds since 1970-01-01T00:00:00Z. */
export type Clock = () => bigint

/**
 * The system clock in nanoseconds. Node has the time of day in milliseconds only, and nanoseconds only from a monotonic clock. So this
 * adds an offset to the monotonic clock, and computes the offset anew when the two clocks differ because the time of day was set.
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

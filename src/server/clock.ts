import { NANOSECONDS_PER_MILLISECOND } from '../protocol/time.js'

/** Returns the current time in nanoseconds since 1970-01-01T00:00:00Z. */
export type Clock = () => bigint

/** The last nanosecond of a millisecond. */
const LAST_NANOSECOND = NANOSECONDS_PER_MILLISECOND - 1n

/**
 * The system clock in nanoseconds. Node has the time of day in milliseconds only, and nanoseconds only from a monotonic clock. So this adds
 * an offset to the monotonic clock, and corrects the offset as little as keeps the result within the millisecond of the time of day. So it
 * steps back only if the time of day does: not while that stands still, is coarse, or is being slowed down.
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
    if (past < 0n) offset -= past
    else if (past > LAST_NANOSECOND) offset -= past - LAST_NANOSECOND
    return ticks + offset
  }
}

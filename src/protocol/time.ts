import { parseDecimal } from './decimal.js'

/**
 * A moment in whole nanoseconds since 1970-01-01T00:00:00Z. Not a double: at today's size one resolves about 240 ns,
 * and here one nanosecond decides which of two reports is newer.
 */
export type Instant = bigint

export const NANOSECONDS_PER_SECOND = 1_000_000_000n
export const NANOSECONDS_PER_MILLISECOND = 1_000_000n

const FRACTION_DIGITS = 9

/** Reads POSIX seconds with an optional fraction; undefined for anything else. Digits past the ninth of the fraction do not count. */
export function parseTime(text: string): Instant | undefined {
  const decimal = parseDecimal(text)
  if (!decimal) return undefined
  const nanoseconds = decimal.fraction.slice(0, FRACTION_DIGITS).padEnd(FRACTION_DIGITS, '0')
  return BigInt(decimal.whole + nanoseconds)
}

/** The server's clock minus the client's time in seconds: always signed, always nine decimals, such as `+0.263873386`. */
export function formatSkew(receivedAt: Instant, clientTime: Instant): string {
  const skew = receivedAt - clientTime
  // Sign and size apart, because -0.5 s is "-0" whole seconds, and "-0" as a number has no sign.
  const size = skew < 0n ? -skew : skew
  const seconds = size / NANOSECONDS_PER_SECOND
  const nanoseconds = size % NANOSECONDS_PER_SECOND
  return `${skew < 0n ? '-' : '+'}${String(seconds)}.${String(nanoseconds).padStart(FRACTION_DIGITS, '0')}`
}

import { MINUS, PLUS, POINT, toText, ZERO, type ByteWriter } from './bytes.js'
import { isDigit, NO_DECIMAL, pointIn } from './decimal.js'

/**
 * A time since 1970-01-01T00:00:00Z as whole seconds and nanoseconds. One double would resolve only about 240 ns, but one nanosecond decides
 * which of two reports is newer. Seconds beyond what a double holds exactly are Infinity; code that needs them reads the digits.
 */
export interface Instant {
  readonly seconds: number
  readonly nanoseconds: number
}

export const NANOSECONDS_PER_SECOND = 1_000_000_000
export const NANOSECONDS_PER_MICROSECOND = 1_000n
export const NANOSECONDS_PER_MILLISECOND = 1_000_000n

const MICROSECONDS_PER_SECOND = 1_000_000
const FRACTION_DIGITS = 9

/** A double holds every whole number with this many digits. */
const EXACT_DIGITS = 15

/** Parses POSIX seconds with an optional fraction; undefined for anything else. Digits after the ninth of the fraction are ignored. */
export function parseTime(bytes: Uint8Array, start: number, end: number): Instant | undefined {
  let at = start
  let seconds = 0
  let digits = 0
  for (; at < end && isDigit(bytes[at] as number); at += 1) {
    seconds = seconds * 10 + (bytes[at] as number) - ZERO
    if (seconds > 0) digits += 1
  }
  if (at === start) return undefined
  if (digits > EXACT_DIGITS) seconds = Infinity
  if (at === end) return { seconds, nanoseconds: 0 }
  const isFraction = bytes[at] === POINT && pointIn(bytes, at + 1, end) === end
  return isFraction ? { seconds, nanoseconds: nanosecondsIn(bytes, at, end) } : undefined
}

/** Converts nanoseconds since 1970 to an instant. */
export function instantOf(nanoseconds: bigint): Instant {
  const perSecond = BigInt(NANOSECONDS_PER_SECOND)
  return {
    seconds: Number(nanoseconds / perSecond),
    nanoseconds: Number(nanoseconds % perSecond),
  }
}

/** Whether an instant is more than so many seconds, rounded to nanoseconds, later than another. */
export function isMoreThan(seconds: number, later: Instant, earlier: Instant): boolean {
  const whole = Math.floor(seconds)
  const nanoseconds = Math.round((seconds - whole) * NANOSECONDS_PER_SECOND)
  const wholeAhead = later.seconds - earlier.seconds - whole
  const nanosecondsAhead = later.nanoseconds - earlier.nanoseconds - nanoseconds
  // Inexact only where the whole seconds decide alone.
  return wholeAhead * NANOSECONDS_PER_SECOND + nanosecondsAhead > 0
}

/** Compares two times given as digits: positive if `a` is later, negative if `b` is, 0 if they are the same nanosecond. */
export function compareTimes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = aEnd - aStart
  if (length !== bEnd - bStart) return compareDigits(a, aStart, aEnd, b, bStart, bEnd)
  let index = 0
  let point = length
  while (index < length && a[aStart + index] === b[bStart + index]) {
    if (a[aStart + index] === POINT) point = index
    index += 1
  }
  if (index === length) return 0
  // Nearly all times have the same numbers of digits before and after the point.
  for (let at = index; point === length && at < length; at += 1) {
    const isPoint = a[aStart + at] === POINT
    if (isPoint !== (b[bStart + at] === POINT)) return compareDigits(a, aStart, aEnd, b, bStart, bEnd)
    if (isPoint) point = at
  }
  return index > point + FRACTION_DIGITS ? 0 : (a[aStart + index] as number) - (b[bStart + index] as number)
}

/** The same comparison for any two notations. */
function compareDigits(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aPoint = pointIn(a, aStart, aEnd)
  const bPoint = pointIn(b, bStart, bEnd)
  const aFirst = skipZeros(a, aStart, aPoint)
  const bFirst = skipZeros(b, bStart, bPoint)
  const more = aPoint - aFirst - (bPoint - bFirst)
  if (more !== 0) return more
  for (let index = 0; index < aPoint - aFirst; index += 1) {
    const difference = (a[aFirst + index] as number) - (b[bFirst + index] as number)
    if (difference !== 0) return difference
  }
  return nanosecondsIn(a, aPoint, aEnd) - nanosecondsIn(b, bPoint, bEnd)
}

/** The server's clock, from a client's time and the skew, in whole microseconds since 1970; the value may be beyond any real time. */
export function clockOf({ bytes, start, end }: Digits, skew: number, skewEnd: number): number {
  const time = parseTime(bytes, start, end) as Instant
  const ahead = parseTime(bytes, skew + 1, skewEnd) as Instant
  const sign = bytes[skew] === MINUS ? -1 : 1
  return microsecondsOf({
    seconds: time.seconds + sign * ahead.seconds,
    nanoseconds: time.nanoseconds + sign * ahead.nanoseconds,
  })
}

/** Converts an instant to whole microseconds since 1970; its nanoseconds may be negative, or more than a second. */
export function microsecondsOf({ seconds, nanoseconds }: Instant): number {
  return seconds * MICROSECONDS_PER_SECOND + Math.floor(nanoseconds / Number(NANOSECONDS_PER_MICROSECOND))
}

/** Whether bytes are a skew: a sign, and seconds. */
export function isSkew(bytes: Uint8Array, start: number, end: number): boolean {
  return (bytes[start] === PLUS || bytes[start] === MINUS) && pointIn(bytes, start + 1, end) !== NO_DECIMAL
}

/** Writes the skew, the server's clock minus the client's time in seconds: always signed, always nine decimals, such as `+0.263873386`. */
export function writeSkew(out: ByteWriter, receivedAt: Instant, clientTime: Instant, digits: Digits): void {
  let seconds = receivedAt.seconds - clientTime.seconds
  let nanoseconds = receivedAt.nanoseconds - clientTime.nanoseconds
  if (seconds === -Infinity) {
    out.text(hugeSkew(receivedAt, clientTime, digits))
    return
  }
  const isNegative = seconds < 0 || (seconds === 0 && nanoseconds < 0)
  if (isNegative) {
    seconds = -seconds
    nanoseconds = -nanoseconds
  }
  if (nanoseconds < 0) {
    seconds -= 1
    nanoseconds += NANOSECONDS_PER_SECOND
  }
  out.byte(isNegative ? MINUS : PLUS)
  out.digits(seconds, digitsOf(seconds))
  out.byte(POINT)
  out.digits(nanoseconds, FRACTION_DIGITS)
}

function digitsOf(whole: number): number {
  let digits = 1
  for (let power = 10; power <= whole; power *= 10) digits += 1
  return digits
}

/** The position of the digits of a time. */
export interface Digits {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

// For a time beyond what a double holds.
function hugeSkew(receivedAt: Instant, { nanoseconds }: Instant, { bytes, start, end }: Digits): string {
  const perSecond = BigInt(NANOSECONDS_PER_SECOND)
  const whole = BigInt(toText(bytes, start, pointIn(bytes, start, end)))
  const size =
    whole * perSecond +
    BigInt(nanoseconds) -
    BigInt(receivedAt.seconds) * perSecond -
    BigInt(receivedAt.nanoseconds)
  const fraction = String(size % perSecond).padStart(FRACTION_DIGITS, '0')
  return `-${String(size / perSecond)}.${fraction}`
}

function skipZeros(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] === ZERO) at += 1
  return at
}

function nanosecondsIn(bytes: Uint8Array, point: number, end: number): number {
  let nanoseconds = 0
  for (let place = 1; place <= FRACTION_DIGITS; place += 1) {
    const at = point + place
    nanoseconds = nanoseconds * 10 + (at < end ? (bytes[at] as number) - ZERO : 0)
  }
  return nanoseconds
}

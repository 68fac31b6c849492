import { NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND } from '../protocol/time.js'
import { parseDuration } from './duration.js'

const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`
const TIME = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?`
const ZONE = String.raw`(Z|[+-]\d\d:?\d\d)?`
const DATE_TIME = new RegExp(`^${DATE}(?:[T ]${TIME})?${ZONE}$`, 'i')
const TIME_TODAY = new RegExp(`^()()()${TIME}${ZONE}$`, 'i')

/** Seconds since 1970, from 1973 on: shorter numbers are mistakes. */
const POSIX_TIME = /^(\d{9,11})(?:\.(\d{1,9}))?$/

const MS_PER_MINUTE = 60_000

export interface TimeContext {
  /** Nanoseconds since 1970. */
  readonly now: bigint
  /** Whether a time without a zone is in UTC, not in local time. */
  readonly utc: boolean
}

/**
 * Parses a point in time, as `docker logs --since` takes them: a duration before now, an ISO 8601 date or time with or without zone, or
 * seconds since 1970. A time without a date is of today. Returns nanoseconds since 1970, or undefined if it is none of these.
 */
export function parseTime(text: string, { now, utc }: TimeContext): bigint | undefined {
  const ago = parseDuration(text)
  if (ago !== undefined) return later(0n, now - BigInt(ago) * NANOSECONDS_PER_MILLISECOND)
  const posix = POSIX_TIME.exec(text)
  if (posix) return BigInt(posix[1] as string) * BigInt(NANOSECONDS_PER_SECOND) + nanoseconds(posix[2])
  const found = DATE_TIME.exec(text) ?? TIME_TODAY.exec(text)
  if (!found) return undefined
  const [year, month, day, hour = '0', minute = '0', second = '0', fraction, zone] = found.slice(1)
  const date = year === '' ? today(now, utc) : [Number(year), Number(month), Number(day)]
  const ms = toMilliseconds([...date, Number(hour), Number(minute), Number(second)] as Fields, zone, utc)
  if (ms === undefined || ms < 0) return undefined
  return BigInt(ms) * NANOSECONDS_PER_MILLISECOND + nanoseconds(fraction)
}

type Fields = [year: number, month: number, day: number, hour: number, minute: number, second: number]

function toMilliseconds(fields: Fields, zone: string | undefined, utc: boolean): number | undefined {
  const [year, month, day, hour, minute, second] = fields
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  const date = new Date(ms)
  // A date that does not exist, such as 30 February, becomes another one.
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!exists || hour > 23 || minute > 59 || second > 59) return undefined
  if (zone === undefined) return utc ? ms : new Date(year, month - 1, day, hour, minute, second).getTime()
  return ms - offsetMinutes(zone) * MS_PER_MINUTE
}

/** The minutes by which a zone is ahead of UTC. */
function offsetMinutes(zone: string): number {
  const digits = zone.replace(/\D/g, '')
  const minutes = 60 * Number(digits.slice(0, 2)) + Number(digits.slice(2))
  return zone.startsWith('-') ? -minutes : minutes
}

function today(now: bigint, utc: boolean): [year: number, month: number, day: number] {
  const date = new Date(Number(now / NANOSECONDS_PER_MILLISECOND))
  return utc
    ? [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
    : [date.getFullYear(), date.getMonth() + 1, date.getDate()]
}

function nanoseconds(fraction = ''): bigint {
  return BigInt(fraction.padEnd(9, '0'))
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

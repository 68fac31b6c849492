import { parseText, type Command } from '../protocol/command.js'
import { ByteWriter, toBytes, toText } from '../protocol/bytes.js'
import type { ReportLine } from '../protocol/report.js'
import { instantOf, parseTime, writeSkew, type Instant } from '../protocol/time.js'
import type { FieldTexts } from './dialect.js'

/** Where and when a line of a classic server was received. */
export interface Receipt {
  /** The neighbour that is thought to have sent it. */
  readonly from: string
  /** Nanoseconds since 1970. */
  readonly at: bigint
}

/** The most digits that an exponent may add to a number. Larger ones are not times, skews or degrees. */
const MAX_EXPONENT = 40

/** The hop count of a report where servers count hops; theirs starts with it. */
const HOPS = '2'

const FRACTION_DIGITS = 9

/**
 * Makes a valid `AT` from the fields of a line, changed only as far as needed, so that a report that has passed several servers stays the
 * same. Without a skew, it is computed from the time of receipt. Returns `malformed` if the fields cannot be a report.
 */
export function normalReport(fields: FieldTexts, receipt: Receipt): Command {
  const { visited, sender = receipt.from } = fields
  // Every template has these two.
  const [client, typed] = [fields.client as string, fields.time as string]
  const server = fields.server ?? visited?.split(' ')[0] ?? sender
  const time = normalDecimal(typed)
  const skew = fields.skew === undefined ? computedSkew(time, fields.received, receipt) : signed(fields.skew)
  return parseText(['AT', server, skew, client, normalPosition(fields), time].join(' '))
}

type AtFields = [name: string, server: string, skew: string, client: string, position: string, time: string]

/** The fields of a valid report for a line in any dialect, sent by the server `sender`, whose lines so far are counted by `number`. */
export function reportFields({ bytes, start, end }: ReportLine, sender: string, number: number): FieldTexts {
  const [, server, skew, client, position, time] = toText(bytes, start, end).split(' ') as AtFields
  const [latitude, longitude] = position.match(/[+-][0-9.]+/g) as [string, string]
  return {
    server,
    skew,
    client,
    position,
    latitude,
    longitude,
    time,
    received: arrivalOf(time, skew),
    hops: HOPS,
    number: String(number),
    sender,
    visited: server === sender ? sender : `${server} ${sender}`,
  }
}

/** When the origin received a report, as POSIX time. */
function arrivalOf(time: string, skew: string): string {
  const nanoseconds = nanosecondsIn(time) + nanosecondsIn(skew)
  const digits = String(nanoseconds < 0n ? 0n : nanoseconds).padStart(FRACTION_DIGITS + 1, '0')
  return `${digits.slice(0, -FRACTION_DIGITS)}.${digits.slice(-FRACTION_DIGITS)}`
}

function nanosecondsIn(decimal: string): bigint {
  const [whole, fraction = ''] = decimal.split('.') as [string, string?]
  return BigInt(`${whole.replace('+', '')}${fraction.padEnd(FRACTION_DIGITS, '0').slice(0, FRACTION_DIGITS)}`)
}

/** Matches every number that a pattern of a dialect allows, without its sign. */
const DECIMAL = /^([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?$/

type DecimalParts = [text: string, whole: string, fraction: string, exponent?: string]

/** Changes a decimal such as `5.0e-05`, `5.` or `.5` to digits, a point and digits. */
export function normalDecimal(text: string): string {
  const [, whole, fraction, exponent = '0'] = DECIMAL.exec(text) as unknown as DecimalParts
  const shift = Number(exponent)
  if (Math.abs(shift) > MAX_EXPONENT) return text
  const padded = [whole.padStart(1 - shift, '0'), fraction.padEnd(shift, '0')] as const
  const digits = padded.join('')
  const point = padded[0].length + shift
  const [before, after] = [digits.slice(0, point), digits.slice(point)]
  const normal = shift === 0 ? before : before.replace(/^0+(?=.)/, '')
  return after === '' ? normal : `${normal}.${after}`
}

// `--0.7` and `+-0.7` come from a sign that was put before a signed number.
function signed(skew: string): string {
  const digits = skew.replace(/^[+-]*/, '')
  const signs = skew.slice(0, skew.length - digits.length)
  return `${signs.includes('-') ? '-' : '+'}${normalDecimal(digits)}`
}

function normalPosition({ position, latitude, longitude }: FieldTexts): string {
  // A template without a position has these two.
  if (position === undefined) return signed(latitude as string) + signed(longitude as string)
  // A sign that follows an e belongs to an exponent.
  const second = position.slice(1).search(/(?<![eE])[+-]/) + 1
  return signed(position.slice(0, second)) + signed(position.slice(second))
}

function computedSkew(time: string, received: string | undefined, { at }: Receipt): string {
  const bytes = toBytes(time)
  const digits = { bytes, start: 0, end: bytes.length }
  const clientTime = parseTime(bytes, 0, bytes.length)
  // The whole report is invalid then.
  if (!clientTime) return ''
  // The pattern of the field allows only valid times.
  const arrival =
    received === undefined ? instantOf(at) : (parseTime(toBytes(received), 0, received.length) as Instant)
  const out = new ByteWriter(64)
  writeSkew(out, arrival, clientTime, digits)
  return toText(out.bytes, 0, out.length)
}

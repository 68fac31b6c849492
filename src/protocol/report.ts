import { SPACE, toBytes, toText, type ByteWriter } from './bytes.js'
import { clockOf, isMoreThan, parseTime, writeSkew, type Instant } from './time.js'

/**
 * The most bytes of an `AT` line: that of the longest IAMAT line, with a skew as long as its time, from the server with the longest name.
 */
export const MAX_REPORT_BYTES = 12 * 1024

/**
 * A report: the position and time of a client, as one server received them. It is an `AT` line in memory, without line end and with one space
 * between its fields, and the offsets of these. Clients and neighbours are sent exactly these bytes.
 */
export interface Report {
  readonly bytes: Uint8Array
  readonly start: number
  /** Of the client ID, any run of bytes that are not white space. */
  readonly client: number
  /** ISO 6709, as the client typed it. */
  readonly position: number
  /** The client's own time. */
  readonly time: number
  readonly end: number
}

/** The part of a report that is needed to send it: its line. */
export type ReportLine = Pick<Report, 'bytes' | 'start' | 'end'>

/** What a client says of itself in an `IAMAT`: where its fields are, and what its time means. */
export interface Sighting {
  readonly bytes: Uint8Array
  readonly client: number
  readonly clientEnd: number
  readonly position: number
  readonly positionEnd: number
  readonly time: number
  readonly timeEnd: number
  readonly instant: Instant
}

/** Returned for the end of a line that is not as expected. */
export const NO_LINE = -1

/** What every report starts with. */
export const AT = toBytes('AT ')

/** The start of every report of a server: `AT Clark `. */
export function reportHead(server: string): Uint8Array {
  return toBytes(`AT ${server} `)
}

/** Writes the report of a sighting that was received at `receivedAt` by the server with this `head`. */
export function writeReport(
  out: ByteWriter,
  head: Uint8Array,
  sighting: Sighting,
  receivedAt: Instant,
): Report {
  const { bytes, client, clientEnd, position, positionEnd, time, timeEnd, instant } = sighting
  const start = out.length
  out.copy(head, 0, head.length)
  writeSkew(out, receivedAt, instant, { bytes, start: time, end: timeEnd })
  out.byte(SPACE)
  const clientAt = out.length
  out.copy(bytes, client, clientEnd)
  out.byte(SPACE)
  const positionAt = out.length
  out.copy(bytes, position, positionEnd)
  out.byte(SPACE)
  const timeAt = out.length
  out.copy(bytes, time, timeEnd)
  return {
    bytes: out.bytes,
    start,
    client: clientAt,
    position: positionAt,
    time: timeAt,
    end: out.length,
  }
}

/** The report in an `AT` line, valid and with one space between its fields. */
export function reportIn(bytes: Uint8Array, start: number, end: number): Report {
  const skew = afterSpace(bytes, start + AT.length)
  const client = afterSpace(bytes, skew)
  const position = afterSpace(bytes, client)
  return { bytes, start, client, position, time: afterSpace(bytes, position), end }
}

/** The offset of the name of the report's origin, the server that received it from the client; a space ends it. */
export function originIn({ start }: ReportLine): number {
  return start + AT.length
}

/** The name of the origin, as latin1 text. */
export function originOf(line: ReportLine): string {
  const start = originIn(line)
  return toText(line.bytes, start, line.bytes.indexOf(SPACE, start))
}

/** The client ID. */
export function clientOf({ bytes, client, position }: Report): Uint8Array {
  return bytes.subarray(client, position - 1)
}

/** When the origin received it, in microseconds since 1970 by its own clock; the value may be beyond any real time. */
export function arrivedAt({ bytes, start, client, time, end }: Report): number {
  return clockOf({ bytes, start: time, end }, afterSpace(bytes, start + AT.length), client - 1)
}

/** Whether the time of a report is more than so many seconds later than a clock. */
export function isAhead({ bytes, time, end }: Report, seconds: number, clock: Instant): boolean {
  return isMoreThan(seconds, parseTime(bytes, time, end) as Instant, clock)
}

/** The index after the next space. */
function afterSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at] !== SPACE) at += 1
  return at + 1
}

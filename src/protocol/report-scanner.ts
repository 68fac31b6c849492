import { LF, SPACE } from './bytes.js'
import { NO_DECIMAL, pointIn } from './decimal.js'
import { isPosition } from './position.js'
import { AT, NO_LINE, MAX_REPORT_BYTES, type Report } from './report.js'
import { isSkew } from './time.js'

/** Where the fields of a report are; see `Report`. */
export type ReportSpan = { -readonly [Key in keyof Report]: Report[Key] }

/**
 * Stores in `report` the report in the line from `start`, which ends before `to`. Returns the offset of its line end; or `NO_LINE` for
 * anything but a valid `AT` with one space between its fields and LF at once behind it, which `parseCommand` must read. For a journal, which
 * has nothing else in it, this takes half as long.
 */
export function scanReport(report: ReportSpan, bytes: Uint8Array, start: number, to: number): number {
  const name = start + AT.length
  const skew = fieldEnd(bytes, name, to) + 1
  const client = fieldEnd(bytes, skew, to) + 1
  const position = fieldEnd(bytes, client, to) + 1
  const time = fieldEnd(bytes, position, to) + 1
  const end = fieldEnd(bytes, time, to)
  const isInOrder =
    end < to &&
    bytes[end] === LF &&
    bytes[start] === AT[0] &&
    bytes[start + 1] === AT[1] &&
    bytes[start + 2] === SPACE &&
    bytes[skew - 1] === SPACE &&
    bytes[client - 1] === SPACE &&
    bytes[position - 1] === SPACE &&
    bytes[time - 1] === SPACE &&
    skew - 1 > name &&
    position - 1 > client &&
    isSkew(bytes, skew, client - 1) &&
    isPosition(bytes, position, time - 1) &&
    pointIn(bytes, time, end) !== NO_DECIMAL &&
    end - start <= MAX_REPORT_BYTES
  if (!isInOrder) return NO_LINE
  report.bytes = bytes
  report.start = start
  report.client = client
  report.position = position
  report.time = time
  report.end = end
  return end
}

/** The offset of the first byte that may be white space. */
function fieldEnd(bytes: Uint8Array, start: number, to: number): number {
  let at = start
  while (at < to && (bytes[at] as number) > SPACE) at += 1
  return at
}

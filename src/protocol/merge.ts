import { compareBytes } from './bytes.js'
import type { Report } from './report.js'
import { FORGET, type Statement } from './statement.js'
import { compareTimes } from './time.js'

/**
 * The merge law. Compares two reports of one client and one generation: positive if `a` wins, negative if `b` does, 0 if they are the same
 * report. The later client time wins; then the greater position text; then the greater `AT` line, bytewise. This is a total order, so servers
 * that have received the same reports keep the same one, in whatever order and however often they came. "First received wins" would leave
 * servers different for ever.
 */
export function compareReports(a: Report, b: Report): number {
  return (
    compareTimes(a.bytes, a.time, a.end, b.bytes, b.time, b.end) ||
    // A space ends the position.
    compareBytes(a.bytes, a.position, a.time - 1, b.bytes, b.position, b.time - 1) ||
    compareBytes(a.bytes, a.start, a.end, b.bytes, b.start, b.end)
  )
}

/**
 * The merge law for all statements of one client, of which the one for reports is a part: the later generation wins, then the later time; then
 * a forget above a report; then as for reports. No two different statements are equal.
 */
export function compareStatements(a: Statement, b: Statement): number {
  return (
    a.generation - b.generation ||
    compareTimes(a.bytes, a.time, a.end, b.bytes, b.time, b.end) ||
    Number(a.kind === FORGET) - Number(b.kind === FORGET) ||
    compareReports(a, b)
  )
}

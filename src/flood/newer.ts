import type { Report } from '../protocol/report.js'

/**
 * The merge law: whether `a` wins over `b`, two reports of one client. The later time by the client's own clock wins; then
 * the greater position text; then the greater `AT` line, bytewise. It is a total order, so the greatest of any set of reports is
 * the same wherever, in whatever order and however often they are heard. "First heard wins" would leave servers disagreeing for ever.
 */
export function isNewer(a: Report, b: Report): boolean {
  if (a.instant !== b.instant) return a.instant > b.instant
  if (a.position !== b.position) return a.position > b.position
  return a.line > b.line
}

import type { ReportLine } from '../protocol/report.js'
import type { SyncMessage } from '../protocol/sync.js'
import type { TreeMessage } from '../protocol/tree.js'

/**
 * Which part of what a neighbour must be sent: `news`, reports that have just come and lines about their trees; or `repairs`, all that a
 * neighbour has missed, and the comparisons that find it out, which may be very much.
 */
export type Part = 'news' | 'repairs'

/** Takes what one server says to another on a link, in order. What it is given is valid during the call only. */
export interface Outbox {
  /**
   * `isLate` tells that it had got lost on its way, so that others may lack it too. `count` is its place among the reports of its origin
   * where the time of its arrival there is not.
   */
  report(line: ReportLine, isLate: boolean, count: number | undefined): void
  sync(message: SyncMessage): void
  tree(message: TreeMessage): void
}

import type { ReportLine } from '../protocol/report.js'
import type { SyncMessage } from '../protocol/sync.js'
import type { TreeMessage } from '../protocol/tree.js'

/**
 * Which messages to a neighbour: `news` are reports that have just come and messages about their trees; `repairs` are reports that the
 * neighbour has missed and the comparisons that find them, which may be very many.
 */
export type Part = 'news' | 'repairs'

/** Takes the messages from one server to another, in order. Its arguments are valid during the call only. */
export interface Outbox {
  /**
   * `isLate` says that the report was lost on its way, so that servers beyond the neighbour may lack it too. `count` is its place among the
   * reports of its origin; undefined if its arrival time there says that.
   */
  report(line: ReportLine, isLate: boolean, count: number | undefined): void
  sync(message: SyncMessage): void
  tree(message: TreeMessage): void
}

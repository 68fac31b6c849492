import type { ReportLine } from '../protocol/report.js'
import type { SyncMessage } from '../protocol/sync.js'
import type { TreeMessage } from '../protocol/tree.js'

/** Takes what one server says to another on a link, in order. What it is given is valid during the call only. */
export interface Outbox {
  /** `isLate` tells that it had got lost on its way, so that others may lack it too. */
  report(line: ReportLine, isLate: boolean): void
  sync(message: SyncMessage): void
  tree(message: TreeMessage): void
}

/** Whether a neighbour can compare digests and knows of trees, or is another herd's server, which is told all there is instead. */
export type NeighbourKind = 'proxyherd' | 'plain'

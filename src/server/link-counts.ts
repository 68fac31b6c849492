import type { ReceivedCommand } from '../flood/receive-command.js'
import type { TreeMessage } from '../protocol/tree.js'

/** How many messages about trees, by kind. */
type TreeCounts = Record<TreeMessage['kind'], number>

/** What has gone over a link since its server started. Plain numbers, so that counting costs a report next to nothing. */
export class LinkCounts {
  /** Reports of the neighbour that were news here, and those that were not. */
  news = 0
  duplicates = 0
  /** Those of both that it sent as late. */
  late = 0
  /** Reports sent to the neighbour, and those of them that it had missed. */
  sent = 0
  repairs = 0
  /** Comparisons of digests, by result. */
  equalDigests = 0
  differentDigests = 0
  readonly treesReceived: TreeCounts = { prune: 0, graft: 0, seen: 0 }
  readonly treesSent: TreeCounts = { prune: 0, graft: 0, seen: 0 }

  /** A report or other statement of the neighbour has come. */
  received(command: ReceivedCommand, isNews: boolean): void {
    if (isNews) this.news += 1
    else this.duplicates += 1
    if (command.kind === 'late' || (command.kind === 'statement' && command.isLate)) this.late += 1
  }

  /** Digests were compared. */
  compared(areEqual: boolean): void {
    if (areEqual) this.equalDigests += 1
    else this.differentDigests += 1
  }
}

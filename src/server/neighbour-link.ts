import type { LinkStatus } from '../protocol/status.js'
import type { LinkCounts } from './link-counts.js'

/**
 * The link of a server to one neighbour, over any carrier. While it is up, the flood keeps a follower for the neighbour, and the link sends
 * what the follower returns, as fast as the neighbour reads.
 */
export interface NeighbourLink {
  readonly neighbour: string
  /** Sends what is pending for the neighbour, as far as it reads. */
  send(): void
  /** What it has carried, if that is counted. */
  readonly counts?: LinkCounts
  /**
   * The status of the link at `nowMs`, in milliseconds since 1970. `isQuick` leaves out what may take long: the comparison with a server of the
   * same process, whose reports may not be hashed.
   */
  status(nowMs: number, isQuick?: boolean): LinkStatus
  /** Sends everything that is pending, then closes for good. Resolves when that is done. */
  close(): Promise<void>
}

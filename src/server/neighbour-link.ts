import type { LinkStatus } from '../protocol/status.js'

/**
 * The link of a server to one neighbour, over any carrier. While it is up, the flood keeps a follower for the neighbour, and the link sends
 * what the follower returns, as fast as the neighbour reads.
 */
export interface NeighbourLink {
  readonly neighbour: string
  /** Sends what is pending for the neighbour, as far as it reads. */
  send(): void
  /** The status of the link at `nowMs`, in milliseconds since 1970. */
  status(nowMs: number): LinkStatus
  /** Sends everything that is pending, then closes for good. Resolves when that is done. */
  close(): Promise<void>
}

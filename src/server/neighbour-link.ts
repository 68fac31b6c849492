import type { LinkStatus } from '../protocol/status.js'
import type { Command } from '../protocol/command.js'
import type { Line } from '../protocol/lines.js'

/**
 * The link of a server to one neighbour, whatever carries it. While it is up, the flood keeps a follower for the neighbour, and the link sends
 * what that gives, at the pace at which the neighbour takes it.
 */
export interface NeighbourLink {
  readonly neighbour: string
  /** Takes in what the neighbour has sent: a command, and the line that it was on. */
  receive(command: Command, line: Line): void
  /** Sends what the neighbour must be sent, as far as it takes it. */
  send(): void
  /** How the link is at `nowMs`, milliseconds since 1970. */
  status(nowMs: number): LinkStatus
  /** Closes for good when the neighbour has been sent everything. Resolves when that is done. */
  close(): Promise<void>
  /** Closes at once. */
  destroy(): void
}

import type { Part } from '../flood/outbox.js'
import type { LinkMachineOptions } from '../link/options.js'
import type { ByteWriter } from '../protocol/bytes.js'
import type { Command } from '../protocol/command.js'
import type { NeighbourKind } from '../protocol/greeting.js'
import type { Line } from '../protocol/lines.js'
import type { Prefetch } from './connection.js'
import type { Address } from './dial.js'
import type { HerdKeys } from './herd-key.js'

/** The events that a link reports to its owner, and the lines that it takes from it. */
export interface LinkEvents {
  /** The link is up. `why` says what is wrong with it, or is empty. */
  up(why: string): void
  /** The neighbour is a classic server, until the link is up or down. */
  classic(): void
  /** A line has arrived, of whatever kind and on whatever connection; most are then given to `receive`. Valid during the call. */
  logReceived(command: Command, line: Line): void
  /** A line about the link itself is sent, without its line end. */
  logSent(line: string): void
  /** A line has arrived. The command and the line are valid during the call. */
  receive(command: Command, line: Line): void
  /** The lines of this turn are delivered; other connections have their turn now. */
  turnEnded(): void
  /** Writes at most `maxLines` lines of a part, which are then sent to the neighbour. Returns how many. */
  take(maxLines: number, out: ByteWriter, part: Part): number
  /** The neighbour supports these features. */
  features(words: ReadonlySet<string>): void
  /** The round-trip time of the link in milliseconds, with a margin for jitter. */
  roundTrip(ms: number): void
  down(why: string): void
  /** The neighbour could not be reached. Reported once per reason, not once per attempt. */
  unreachable(why: string): void
}

export interface LinkOptions extends Omit<LinkMachineOptions, 'mustGreet' | 'canDial'> {
  /** Where the neighbour listens. While this is undefined, the neighbour is not dialled. */
  readonly address: () => Address | undefined
  /** Whether the neighbour is known to be proxyherd, so that it never counts as classic. */
  readonly isProxyherd: boolean
  /** With herd keys, the server links only with a neighbour that has one of them. */
  readonly keys?: HerdKeys | undefined
  /** Called with a batch of lines before the first of them is parsed. */
  readonly prefetch?: Prefetch
}

/** The status of a link that is up. */
export interface LinkStanding {
  readonly kind: NeighbourKind
  readonly upMs: number
  readonly lastHeardMsAgo: number
  readonly sentBytes: number
  readonly receivedBytes: number
  /** The mean round trip, and by how much the neighbour's clock is ahead, once they are measured. */
  readonly roundTripMs?: number | undefined
  readonly clockOffsetMs?: number | undefined
}

import type { Part } from '../flood/outbox.js'
import type { LinkMachineOptions } from '../link/options.js'
import type { ByteWriter } from '../protocol/bytes.js'
import type { Command } from '../protocol/command.js'
import type { NeighbourKind } from '../protocol/greeting.js'
import type { Line } from '../protocol/lines.js'
import type { Prefetch } from './connection.js'
import type { Address } from './dial.js'
import type { HerdKeys } from './herd-key.js'

/** What the owner of a link is told, and asked. */
export interface LinkEvents {
  /** The link is up, or is another kind of link from now on; `why` says what is not as it should be, or is empty. */
  up(kind: NeighbourKind, why: string): void
  /** A line has come, with what it says; both are valid during the call. */
  receive(command: Command, line: Line): void
  /** Some lines have come, and others have their turn now. */
  turnOver(): void
  /** Writes at most `most` lines of a part that the neighbour must be sent next; they will be sent. Gives how many. */
  take(most: number, out: ByteWriter, part: Part): number
  /** The neighbour understands these words. */
  features(words: ReadonlySet<string>): void
  /** A message and its answer take this long, in milliseconds, with a margin for jitter. */
  roundTrip(ms: number): void
  down(why: string): void
  /** The neighbour could not be reached; told once for each reason, not for each try. */
  unreachable(why: string): void
}

export interface LinkOptions extends Omit<LinkMachineOptions, 'isKeyed' | 'canDial'> {
  /** Where the neighbour listens; undefined while that is not known, and then it is not dialled. */
  readonly address: () => Address | undefined
  /** With herd keys, only a neighbour that has one of them is linked. */
  readonly keys?: HerdKeys | undefined
  /** Is given lines that have arrived before the first of them is parsed. */
  readonly prefetch?: Prefetch
}

/** How a link that is up stands. */
export interface LinkStanding {
  readonly kind: NeighbourKind
  readonly upMs: number
  readonly lastHeardMsAgo: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

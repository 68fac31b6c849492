import type { ByteWriter } from '../protocol/bytes.js'
import type { Line, LinesAhead } from '../protocol/lines.js'
import type { Address } from './dial.js'
import type { HerdKeys } from './herd-key.js'

/** What the owner of a link is told, and asked. */
export interface LinkEvents {
  /** `isProxyherd` tells whether the neighbour has greeted; `why` what is not as it should be, or nothing. */
  up(isProxyherd: boolean, why: string): void
  /** The neighbour has said lines that will be told. */
  ahead(lines: LinesAhead): void
  /** The neighbour has said a line, valid during the call. */
  heard(line: Line): void
  /** It has said some lines, and others have their turn now. */
  turnOver(): void
  /** Writes at most `most` lines that the neighbour must be told next; they will be sent. Gives how many. */
  take(most: number, out: ByteWriter): number
  down(why: string): void
  /** The neighbour could not be reached; told once for each reason, not for each try. */
  unreachable(why: string): void
}

export interface LinkOptions {
  /** This server's name and the neighbour's. */
  readonly server: string
  readonly neighbour: string
  readonly incarnation: string
  readonly herd: string
  /** Where the neighbour listens; undefined while that is not known, and then it is not dialled. */
  readonly address: () => Address | undefined
  /** 0 to 1, to spread the dialling of servers. */
  readonly random: () => number
  /** Milliseconds of a clock that nobody sets. */
  readonly now: () => number
  /** With herd keys, only a neighbour that has one of them is linked. */
  readonly keys?: HerdKeys | undefined
  /** How often to say that we are alive. */
  readonly beatMs?: number
}

/** How a link that is up stands. */
export interface LinkStanding {
  readonly kind: 'proxyherd' | 'plain'
  readonly upMs: number
  readonly lastHeardMsAgo: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

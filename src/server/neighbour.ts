import type { Flood } from '../flood/flood.js'
import type { Outbox, Part } from '../flood/outbox.js'
import type { Log } from '../log/log.js'
import type { PeerLog } from '../log/peer-log.js'
import type { LinkEvents } from '../net/link-options.js'
import { type ByteWriter, LF } from '../protocol/bytes.js'
import type { Command, Malformed } from '../protocol/command.js'
import { COUNTS, type NeighbourKind } from '../protocol/greeting.js'
import type { Line, LinesAhead } from '../protocol/lines.js'
import { writeSync } from '../protocol/sync.js'
import { writeTree } from '../protocol/tree.js'
import { logReceivedLine, logSentLines, refusedEntry } from '../log/wire-log.js'
import type { LinkNews } from './server-options.js'
import { Syncing } from './syncing.js'

/**
 * How long a flood's beat is, in milliseconds: a report is under way between neighbours on one machine for less, and four of them, after
 * which a parent that brings nothing is doubted, are little for those who wait behind it.
 */
export const BEAT_MS = 50

/** What is not as it should be with a link to a neighbour that does not greet, in words that follow "linked, but". */
const CLASSIC = 'it does not answer as proxyherd, and is served as a classic server'

export interface NeighbourParts {
  readonly neighbour: string
  readonly flood: Flood
  readonly log: Log
  /** There may be something to tell neighbours, which must be done soon. */
  readonly due: () => void
  /** Resolves when digests may be asked for, until the turn is over. */
  readonly hashed: () => Promise<void>
  readonly tell: (what: LinkNews['what'], why: string) => void
}

/** What a server does about one neighbour: takes in its reports, sends it ours, and compares digests with it now and then. */
export class LinkedNeighbour implements LinkEvents {
  readonly #parts: NeighbourParts
  readonly #lines: PeerLog | undefined
  readonly #syncing: Syncing
  readonly #unknown = new UnknownWords()
  #knowsCounts = false

  constructor(parts: NeighbourParts) {
    this.#parts = parts
    this.#lines = parts.log.peer('neighbour', parts.neighbour)
    this.#syncing = new Syncing(parts)
  }

  up(kind: NeighbourKind, why: string): void {
    const { neighbour, flood, tell } = this.#parts
    this.#knowsCounts = false
    flood.linkUp(neighbour, kind)
    if (kind === 'proxyherd') this.#syncing.begun()
    tell('up', kind === 'plain' ? CLASSIC : why)
  }

  ahead(lines: LinesAhead): void {
    this.#parts.flood.foresee(lines)
  }

  // A neighbour is never answered a mistake: two servers that answered each other's would never stop.
  heard(command: Command, line: Line): void {
    const { neighbour, flood } = this.#parts
    if (command.kind !== 'ping' && command.kind !== 'pong') logReceivedLine(this.#lines, line)
    switch (command.kind) {
      case 'at':
        flood.hear(command.report, neighbour, command.count)
        break
      case 'late':
        flood.hearLate(command.report, neighbour)
        break
      case 'sync':
        this.#syncing.hear(command.message)
        break
      case 'tree':
        flood.hearTree(command.message, neighbour)
        break
      case 'malformed':
        if (this.#unknown.isSkipped(command)) break
        this.#logRefused(line, command.why)
        break
      case 'iamat':
      case 'whatsat':
      case 'status':
        this.#logRefused(line, 'this is what clients send to servers')
        break
      default:
      // The link itself has taken note of all others.
    }
  }

  turnOver(): void {
    this.#parts.due()
  }

  take(most: number, out: ByteWriter, part: Part): number {
    const start = out.length
    const taken = this.#parts.flood.take(this.#parts.neighbour, most, writing(out, this.#knowsCounts), part)
    logSentLines(this.#lines, out.bytes.subarray(start, out.length))
    return taken
  }

  features(words: ReadonlySet<string>): void {
    this.#knowsCounts = words.has(COUNTS)
  }

  roundTrip(ms: number): void {
    this.#syncing.roundTrip(ms)
    this.#parts.flood.setDelay(this.#parts.neighbour, Math.floor(ms / BEAT_MS))
  }

  down(why: string): void {
    this.#syncing.stop()
    this.#parts.flood.linkDown(this.#parts.neighbour)
    // Others are asked for what it has brought.
    this.#parts.due()
    this.#parts.tell('lost', why)
  }

  unreachable(why: string): void {
    this.#parts.tell('unreachable', why)
  }

  #logRefused(line: Line, why: string): void {
    this.#parts.log.write(refusedEntry(this.#parts.neighbour, line, why))
  }
}

/** So many names of lines that are not known here are remembered. */
const MAX_UNKNOWN_WORDS = 64

/** The names of lines that are not known here: each is logged once, so that a newer neighbour does not fill the log. */
class UnknownWords {
  readonly #words = new Set<string>()

  /** Whether a line has a name that is not known here and need not be logged again. */
  isSkipped({ unknown }: Malformed): boolean {
    if (unknown === undefined) return false
    if (this.#words.has(unknown) || this.#words.size === MAX_UNKNOWN_WORDS) return true
    this.#words.add(unknown)
    return false
  }
}

/** Writes the lines that say messages on a link. */
export function writing(out: ByteWriter, knowsCounts: boolean): Outbox {
  return {
    report: ({ bytes, start, end }, isLate, count) => {
      if (isLate) out.text('LATE ')
      else if (count !== undefined && knowsCounts) out.text(`COUNT ${count} `)
      out.copy(bytes, start, end)
      out.byte(LF)
    },
    sync: (message) => {
      writeSync(out, message)
      out.byte(LF)
    },
    tree: (message) => {
      writeTree(out, message)
      out.byte(LF)
    },
  }
}

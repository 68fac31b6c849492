import type { Flood } from '../flood/flood.js'
import type { Neighbour } from '../flood/neighbour.js'
import type { Outbox, Part } from '../flood/outbox.js'
import { receiveCommand } from '../flood/receive-command.js'
import type { Log } from '../log/log.js'
import type { PeerLog } from '../log/peer-log.js'
import type { Connection } from '../net/connection.js'
import { Link } from '../net/link.js'
import type { LinkEvents, LinkOptions } from '../net/link-options.js'
import { type ByteWriter, LF, toBytes } from '../protocol/bytes.js'
import type { Command } from '../protocol/command.js'
import type { Malformed } from '../protocol/malformed.js'
import { COUNTS, FORGETS, type Greeting } from '../protocol/greeting.js'
import { formatMemory, MEMORY } from '../protocol/memory-line.js'
import type { Line } from '../protocol/lines.js'
import type { LinkStatus } from '../protocol/status.js'
import { CUTOFFS, writeSync } from '../protocol/sync.js'
import { writeTree } from '../protocol/tree.js'
import { logReceivedLine, logSentLines, refusedEntry } from '../log/wire-log.js'
import { LinkCounts } from './link-counts.js'
import type { NeighbourLink } from './neighbour-link.js'
import type { LinkNews } from './server-options.js'
import { linkStatus } from './status.js'
import { AntiEntropy } from './anti-entropy.js'

/**
 * The length of a flood's beat in milliseconds. A report takes less between neighbours on one machine. A parent that sends nothing is
 * replaced after four beats, which is a short delay for the servers behind it.
 */
export const BEAT_MS = 50

/** In words that follow "linked, but". */
const WITHHELD =
  'its version does not know what is forgotten, and is not sent it: it may still have the reports'

/** These lines would fill the log. */
const HEARTBEAT = /^P[IO]NG\b/

export interface SocketLinkParts {
  readonly link: LinkOptions
  readonly flood: Flood
  readonly log: Log
  /** Schedules a tick, because messages may be pending for neighbours. */
  readonly due: () => void
  /** Resolves when digests can be computed, which holds until the end of the tick. */
  readonly hashed: () => Promise<void>
  /** Whether the memory for reports of this server is full. */
  readonly isFull: () => boolean
  /** The memory of the neighbour is full, or no longer. */
  readonly onFull: (isFull: boolean) => void
  readonly onNews: (what: LinkNews['what'], why: string) => void
  /** Reports in words what an operator should see. */
  readonly onFault: (why: string) => void
  /** The neighbour is a classic server, or no longer. */
  readonly onClassic: (isClassic: boolean) => void
}

/** A link over the network: receives the reports of a neighbour, sends it this server's, and compares digests with it periodically. */
export class SocketLink implements NeighbourLink, LinkEvents {
  readonly neighbour: string
  readonly counts = new LinkCounts()
  readonly #parts: SocketLinkParts
  readonly #link: Link
  readonly #log: PeerLog | undefined
  readonly #antiEntropy: AntiEntropy
  readonly #unknownNames = new UnknownLineNames()
  #knowsCounts = false
  #knowsMemory = false
  #knowsCutoffs = false
  /** What is kept for the neighbour while it is linked. */
  #kept: Neighbour | undefined
  #isNoted = false
  /** Whether the neighbour was last sent that our memory is full. */
  #isAnnounced = false

  constructor(parts: SocketLinkParts) {
    const { neighbour } = parts.link
    this.neighbour = neighbour
    this.#parts = parts
    this.#link = new Link(parts.link, this)
    this.#log = parts.log.peer('neighbour', neighbour)
    const { flood, due, hashed, onFault } = parts
    this.#antiEntropy = new AntiEntropy({ neighbour, flood, due, hashed, onFault, counts: this.counts })
  }

  /** Dials the neighbour now, unless the link is up, is being dialled, or was dialled a moment ago. */
  dial(): void {
    this.#link.dial()
  }

  /** The neighbour has dialled us and greeted. */
  accept(connection: Connection, greeting: Greeting): void {
    this.#link.accept(connection, greeting)
  }

  send(): void {
    this.#link.flush()
  }

  status(nowMs: number): LinkStatus {
    const { flood } = this.#parts
    const { lastComparison } = this.#antiEntropy
    const expiry = flood.expiry.ofNeighbour(this.neighbour)
    const figures = { pending: flood.pending(this.neighbour), lastComparison, expiry }
    return linkStatus(this.neighbour, this.#link.standing, figures, nowMs)
  }

  close(): Promise<void> {
    return this.#link.stop()
  }

  destroy(): void {
    this.#link.destroy()
  }

  up(why: string): void {
    this.#knowsCounts = false
    this.#knowsMemory = false
    this.#knowsCutoffs = false
    this.#isAnnounced = false
    this.#parts.onClassic(false)
    this.#isNoted = false
    this.#kept = this.#parts.flood.linkUp(this.neighbour, 'proxyherd')
    this.#antiEntropy.start()
    this.#parts.onNews('up', why)
  }

  classic(): void {
    this.#parts.onClassic(true)
  }

  logReceived({ kind }: Command, line: Line): void {
    if (kind !== 'ping' && kind !== 'pong') logReceivedLine(this.#log, line)
  }

  logSent(line: string): void {
    if (!HEARTBEAT.test(line)) logSentLines(this.#log, toBytes(`${line}\n`))
  }

  // A neighbour's mistake is never answered: two servers that answer each other's mistakes would never stop.
  receive(command: Command, line: Line): void {
    const { counts } = this
    const { flood } = this.#parts
    switch (command.kind) {
      case 'at':
      case 'late':
      case 'statement':
        counts.received(command, receiveCommand(flood, command, this.neighbour))
        break
      case 'sync':
        // What it knows has come before.
        this.#noteWithheld()
        this.#antiEntropy.receive(command.message)
        break
      case 'tree':
        counts.treesReceived[command.message.kind] += 1
        flood.receiveTree(command.message, this.neighbour)
        break
      case 'memory':
        this.#parts.onFull(command.isFull)
        break
      case 'malformed':
        if (this.#unknownNames.isSkipped(command)) break
        this.#logRefused(line, command.why)
        break
      case 'iamat':
      case 'whatsat':
      case 'near':
      case 'watch':
      case 'forget':
      case 'status':
        this.#logRefused(line, 'only clients send this to servers')
        break
      default:
      // The link itself has processed all other commands.
    }
  }

  turnEnded(): void {
    this.#parts.due()
  }

  take(maxLines: number, out: ByteWriter, part: Part): number {
    const start = out.length
    const announced = part === 'news' ? this.#announce(out) : 0
    const { counts } = this
    const sentBefore = counts.sent
    const words = { knowsCounts: this.#knowsCounts, knowsCutoffs: this.#knowsCutoffs }
    const outbox = writing(out, words, counts)
    const taken = this.#parts.flood.take(this.neighbour, maxLines, outbox, part)
    if (part === 'repairs') counts.repairs += counts.sent - sentBefore
    logSentLines(this.#log, out.bytes.subarray(start, out.length))
    return announced + taken
  }

  features(words: ReadonlySet<string>): void {
    this.#knowsCounts = words.has(COUNTS)
    this.#knowsMemory = words.has(MEMORY)
    this.#knowsCutoffs = words.has(CUTOFFS)
    if (words.has(FORGETS)) this.#kept?.learnForgets()
    const { flood } = this.#parts
    // The first digest may have been sent without a cutoff.
    if (this.#knowsCutoffs && flood.expiry.cutoff.step > 0) flood.compare(this.neighbour)
    this.#parts.due()
  }

  roundTrip(ms: number): void {
    this.#antiEntropy.roundTrip(ms)
    this.#parts.flood.setDelay(this.neighbour, Math.floor(ms / BEAT_MS))
  }

  down(why: string): void {
    this.#antiEntropy.stop()
    this.#parts.onFull(false)
    this.#parts.onClassic(false)
    this.#parts.flood.linkDown(this.neighbour)
    // Other neighbours are now asked for the reports that this one used to send.
    this.#parts.due()
    this.#parts.onNews('lost', why)
  }

  unreachable(why: string): void {
    this.#parts.onNews('unreachable', why)
  }

  /** Writes whether our memory is full, if the neighbour was last sent something else. Returns the number of lines. */
  #announce(out: ByteWriter): number {
    const isFull = this.#parts.isFull()
    if (!this.#knowsMemory || isFull === this.#isAnnounced) return 0
    this.#isAnnounced = isFull
    out.text(`${formatMemory(isFull)}\n`)
    return 1
  }

  /** Says once that the neighbour is not sent what it does not know. */
  #noteWithheld(): void {
    if (this.#isNoted || this.#kept?.isMissingForgets !== true) return
    this.#isNoted = true
    this.#parts.onNews('up', WITHHELD)
  }

  #logRefused(line: Line, why: string): void {
    this.#parts.log.write(refusedEntry(this.neighbour, line, why))
  }
}

/** How many unknown line names are remembered. */
const MAX_UNKNOWN_NAMES = 64

/** The unknown names of lines. Each is logged once, so that a neighbour of a newer version does not fill the log. */
class UnknownLineNames {
  readonly #names = new Set<string>()

  /** Whether a line has an unknown name that need not be logged again. */
  isSkipped({ unknown }: Malformed): boolean {
    if (unknown === undefined) return false
    if (this.#names.has(unknown) || this.#names.size === MAX_UNKNOWN_NAMES) return true
    this.#names.add(unknown)
    return false
  }
}

/** Which features a neighbour knows that change how messages are written. */
interface KnownFeatures {
  readonly knowsCounts?: boolean
  readonly knowsCutoffs?: boolean
}

/** Makes an outbox that writes messages as lines of a link, and counts them. */
export function writing(
  out: ByteWriter,
  { knowsCounts = false, knowsCutoffs = false }: KnownFeatures,
  counts: LinkCounts,
): Outbox {
  return {
    report: ({ bytes, start, end }, isLate, count) => {
      if (isLate) out.text('LATE ')
      else if (count !== undefined && knowsCounts) out.text(`COUNT ${count} `)
      out.copy(bytes, start, end)
      out.byte(LF)
      counts.sent += 1
    },
    sync: (message) => {
      writeSync(out, message, knowsCutoffs)
      out.byte(LF)
    },
    tree: (message) => {
      writeTree(out, message)
      out.byte(LF)
      counts.treesSent[message.kind] += 1
    },
  }
}

import type { Flood } from '../flood/flood.js'
import {
  ClassicSender,
  type OutgoingLine,
  type SenderEffect,
  type SenderEvent,
  type TransferId,
} from '../link/classic-sender.js'
import type { Dialect } from '../link/dialect.js'
import { dialectName, PLAIN } from '../link/dialects.js'
import { reportFields } from '../link/normal-report.js'
import { StormWatch } from '../link/storm-watch.js'
import type { Log } from '../log/log.js'
import type { PeerLog } from '../log/peer-log.js'
import { callClassic, type ClassicCall } from '../net/classic-call.js'
import type { Address } from '../net/dial.js'
import { ByteWriter, toBytes, toText } from '../protocol/bytes.js'
import { originOf, type Report, type ReportLine } from '../protocol/report.js'
import type { Line } from '../protocol/lines.js'
import type { LinkStatus } from '../protocol/status.js'
import { logReceivedLine } from '../log/wire-log.js'
import { LinkCounts } from './link-counts.js'
import type { NeighbourLink } from './neighbour-link.js'
import type { LinkNews } from './server-options.js'
import { writing } from './socket-link.js'
import { linkStatus } from './status.js'

/** Why a link to a neighbour that does not greet is classic, in words that follow "linked, but". */
const CLASSIC = 'it does not answer as proxyherd, and is served as a classic server'

const STORM = 'it sends the same reports again and again, and is held off'

/** How many reports are looked at in one turn to find one to send, since a neighbour is not sent those of its own clients. */
const MAX_SKIPPED = 1_000

// The line that is taken. All links share it, since none is suspended halfway.
const taken = new ByteWriter()

// What is taken may be skipped, so this counts nothing.
const uncounted = new LinkCounts()

export interface ClassicLinkParts {
  /** This server's name and the neighbour's. */
  readonly server: string
  readonly neighbour: string
  /** While this is undefined, nothing is sent. */
  readonly address: () => Address | undefined
  /** The dialect that the topology gives. Without one, it is that of the lines that come from the neighbour. */
  readonly dialect: Dialect | undefined
  readonly flood: Flood
  readonly log: Log
  readonly onNews: (what: LinkNews['what'], why: string) => void
  /** The neighbour can be reached again, so it may have been replaced by another program. */
  readonly onReturn: () => void
}

/** A link to a server of another program: each report is sent on a connection of its own, and comes on one that the neighbour makes. */
export class ClassicLink implements NeighbourLink {
  readonly neighbour: string
  readonly #parts: ClassicLinkParts
  readonly #sender: ClassicSender
  readonly #storms = new StormWatch()
  readonly #calls = new Map<TransferId, ClassicCall>()
  readonly #log: PeerLog | undefined
  #dialect: Dialect | undefined
  #timer: NodeJS.Timeout | undefined
  #upSince: number | undefined = performance.now()
  #heardAt = performance.now()
  #sentBytes = 0
  #sentLines = 0
  #receivedBytes = 0
  #unreadLines = 0
  #onIdle: (() => void) | undefined
  #isClosed = false

  /** The link is up, and the neighbour is sent all reports. */
  constructor(parts: ClassicLinkParts) {
    const { neighbour, flood, log, dialect, onNews } = parts
    this.neighbour = neighbour
    this.#parts = parts
    this.#dialect = dialect
    this.#log = log.peer('neighbour', neighbour)
    this.#sender = new ClassicSender({ take: () => this.#take(), hasMore: () => this.#hasMore })
    flood.linkUp(neighbour, 'plain')
    onNews('up', dialect ? '' : CLASSIC)
  }

  /** The dialect of its lines, if it is known. */
  get dialect(): Dialect | undefined {
    return this.#dialect
  }

  /** It has sent a line of this dialect. A dialect that the topology gives stays. */
  learn(dialect: Dialect): void {
    if (this.#parts.dialect || dialect === this.#dialect) return
    const isMisread = !this.#dialect && dialect !== PLAIN && this.#sentLines > 0
    this.#dialect = dialect
    // It has not understood the plain lines that it was sent before.
    if (isMisread) this.#parts.flood.linkUp(this.neighbour, 'plain')
  }

  /** Whether it is held off because of a storm. */
  get isHeld(): boolean {
    return this.#storms.isHeld(performance.now())
  }

  /** A line has come from it. */
  heard(line: Line): void {
    this.#heardAt = performance.now()
    this.#receivedBytes += line.end - line.start + 1
    if (!this.isHeld) logReceivedLine(this.#log, line)
    this.#step({ kind: 'returned' })
  }

  /** A line has come from it, or from another server at its address, that cannot be read. */
  unread(): void {
    this.#unreadLines += 1
  }

  /** It has sent a report that is not news. */
  repeated({ bytes, client, end }: Report): void {
    const storm = this.#storms.repeated(toText(bytes, client, end), performance.now())
    if (!storm) return
    this.#step({ kind: 'hold', until: storm.until })
    if (storm.isFirst) this.#parts.onNews('up', STORM)
  }

  send(): void {
    if (this.#hasMore) this.#step({ kind: 'pending' })
  }

  status(nowMs: number): LinkStatus {
    const { flood } = this.#parts
    const now = performance.now()
    const standing =
      this.#upSince === undefined
        ? undefined
        : {
            kind: 'plain' as const,
            upMs: now - this.#upSince,
            lastHeardMsAgo: now - this.#heardAt,
            sentBytes: this.#sentBytes,
            receivedBytes: this.#receivedBytes,
          }
    const pending = flood.pending(this.neighbour) + this.#sender.unsent
    const status = linkStatus(this.neighbour, standing, { pending, lastComparison: undefined }, nowMs)
    if (status.state === 'down') return status
    const dialect = this.#dialect ? dialectName(this.#dialect) : this.#mayWrite ? 'plain' : 'unknown'
    return { ...status, dialect, unreadLines: this.#unreadLines }
  }

  /** Sends what is pending, unless the neighbour cannot be reached, and closes for good. */
  async close(): Promise<void> {
    this.send()
    if (!this.#isIdle) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    this.destroy()
  }

  /** Closes at once. */
  destroy(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const call of this.#calls.values()) call.destroy()
    this.#calls.clear()
    this.#onIdle?.()
  }

  get #isIdle(): boolean {
    const isDone = !this.#hasMore && this.#sender.unsent === 0
    return this.#isClosed || isDone || this.#sender.isPaused(performance.now())
  }

  get #hasMore(): boolean {
    return this.#canSend && this.#parts.flood.hasToSend(this.neighbour)
  }

  /** Plain lines may be stored as nonsense by a herd with another dialect, so they go only where no such line has come from. */
  get #mayWrite(): boolean {
    return this.#dialect !== undefined || this.#unreadLines === 0
  }

  get #canSend(): boolean {
    return this.#mayWrite && this.#parts.address() !== undefined
  }

  #take(): OutgoingLine | undefined {
    for (let left = MAX_SKIPPED; left > 0 && this.#canSend; left -= 1) {
      if (this.#parts.flood.take(this.neighbour, 1, writing(taken, {}, uncounted)) === 0) return undefined
      const bytes = taken.take()
      // It is sent no forgets.
      if (bytes.length === 0) continue
      const line = { bytes, start: 0, end: bytes.length - 1 }
      if (originOf(line) !== this.neighbour) return this.#written(line)
    }
    return undefined
  }

  #written(line: ReportLine): OutgoingLine {
    this.#sentLines += 1
    const fields = reportFields(line, this.#parts.server, this.#sentLines)
    return { client: fields.client as string, line: (this.#dialect ?? PLAIN).write(fields) }
  }

  #step(event: SenderEvent): void {
    if (this.#isClosed) return
    for (const effect of this.#sender.step(event, performance.now())) this.#perform(effect)
    if (this.#onIdle && this.#isIdle) this.#onIdle()
    clearTimeout(this.#timer)
    const { wakeAt } = this.#sender
    if (wakeAt === Infinity) return
    this.#timer = setTimeout(this.#wake, Math.max(1, wakeAt - performance.now()))
  }

  readonly #wake = (): void => {
    this.#step({ kind: 'time' })
  }

  #perform(effect: SenderEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#connect(effect.transfer, effect.line)
        return
      case 'destroy':
        this.#calls.get(effect.transfer)?.destroy()
        this.#calls.delete(effect.transfer)
        return
      case 'reachable':
        if (this.#upSince !== undefined) return
        this.#upSince = performance.now()
        this.#parts.onNews('up', '')
        this.#parts.onReturn()
        return
      case 'unreachable':
        this.#upSince = undefined
        this.#parts.onNews('lost', effect.why)
    }
  }

  #connect(transfer: TransferId, line: string): void {
    const bytes = toBytes(line)
    this.#log?.out(bytes, 0, bytes.length)
    // Nothing is taken while the address is unknown.
    const call = callClassic(this.#parts.address() as Address, `${line}\n`, {
      connected: () => {
        this.#step({ kind: 'connected', transfer })
      },
      halfClosed: () => {
        this.#sentBytes += line.length + 1
        this.#step({ kind: 'halfClosed', transfer })
      },
      closed: (why) => {
        this.#calls.delete(transfer)
        this.#step({ kind: 'closed', transfer, why })
      },
    })
    this.#calls.set(transfer, call)
  }
}

import type { Flood } from '../flood/flood.js'
import type { Part } from '../flood/outbox.js'
import { receiveCommand } from '../flood/receive-command.js'
import type { Log } from '../log/log.js'
import type { PeerLog } from '../log/peer-log.js'
import { logReceivedLine, logSentLines } from '../log/wire-log.js'
import type { ClientNumber } from '../memory/numbers.js'
import { MAX_LINK_LINE_BYTES } from '../net/limits.js'
import type { LinkStanding } from '../net/link-options.js'
import { ByteWriter } from '../protocol/bytes.js'
import { parseCommand, type Command } from '../protocol/command.js'
import { LineReader } from '../protocol/lines.js'
import type { LinkStatus } from '../protocol/status.js'
import { LinkCounts } from './link-counts.js'
import type { NeighbourLink } from './neighbour-link.js'
import type { LinkNews } from './server-options.js'
import { writing } from './socket-link.js'
import { linkStatus } from './status.js'

/** The interface of a server to its neighbours in the same process. */
export interface LocalServer {
  readonly name: string
  readonly log: Log
  readonly flood: Flood
  /** Schedules a tick, because reports may be pending for neighbours. */
  readonly due: () => void
  readonly onNews: (news: Omit<LinkNews, 'server'>) => void
}

/** How many reports of a table are passed per turn: about a millisecond of work. */
const TABLE_SLICE = 2_000

/**
 * One end of a link between two servers of one process. Reports are passed without sockets and copies, since both servers share one
 * memory. But each has its own table, and the link can be cut, mended and delayed like any other.
 */
export class ProcessLink implements NeighbourLink {
  readonly neighbour: string
  readonly counts = new LinkCounts()
  readonly #own: LocalServer
  readonly #other: LocalServer
  readonly #log: PeerLog | undefined
  /** The other end of the link. */
  #peer: ProcessLink | undefined
  #upSince: number | undefined
  #sentBytes = 0
  /** When `send` last found new bytes, and the value of `#sentBytes` at that time. */
  #sentAt = 0
  #bytesThen = 0
  /** The delay of the link in this direction, in milliseconds. */
  delayMs = 0
  /** The deliveries in flight on a link with a delay. */
  readonly #timers = new Set<NodeJS.Timeout>()

  private constructor(own: LocalServer, other: LocalServer) {
    this.neighbour = other.name
    this.#own = own
    this.#other = other
    this.#log = own.log.peer('neighbour', other.name)
  }

  /** Makes both ends of a link. The link is down. */
  static between(one: LocalServer, other: LocalServer): [ProcessLink, ProcessLink] {
    const ends: [ProcessLink, ProcessLink] = [new ProcessLink(one, other), new ProcessLink(other, one)]
    ends[0].#peer = ends[1]
    ends[1].#peer = ends[0]
    return ends
  }

  get isUp(): boolean {
    return this.#upSince !== undefined
  }

  /** Brings this end up: the other server is sent everything that this one has. */
  up(): void {
    this.#upSince = performance.now()
    this.#sentAt = this.#upSince
    this.#own.flood.linkUp(this.neighbour, 'local')
    this.#own.onNews({ neighbour: this.neighbour, what: 'up', why: '' })
    this.#own.due()
  }

  /** Takes this end down. Reports in flight from it are lost. */
  down(why: string): void {
    if (!this.isUp) return
    this.#cancel()
    this.#own.onNews({ neighbour: this.neighbour, what: 'lost', why })
  }

  /** The number of the next change of this server. */
  get nextChange(): number {
    return this.#own.flood.nextChange
  }

  /** Passes the changes before the change number `until` to the neighbour. */
  sendNews(until: number): void {
    if (this.delayMs > 0) this.#sendLater(Infinity, 'news')
    else this.#count('sent', () => this.#own.flood.passNews(this.#other.flood, until, this.#passed))
  }

  /** Passes a part of what the neighbour has missed. Returns how many reports. */
  sendRepairs(): number {
    if (!this.#own.flood.hasRepairs(this.neighbour)) return 0
    if (this.delayMs > 0) return this.#sendLater(TABLE_SLICE, 'repairs')
    return this.#count('repairs', () =>
      this.#own.flood.passRepairs(this.#other.flood, TABLE_SLICE, this.#passed),
    )
  }

  send(): void {
    // Reading the clock for each report would take longer than passing it.
    if (this.#sentBytes === this.#bytesThen) return
    this.#sentAt = performance.now()
    this.#bytesThen = this.#sentBytes
  }

  receive(command: Command): void {
    const { flood } = this.#own
    const { counts } = this
    if (command.kind === 'at' || command.kind === 'late' || command.kind === 'statement')
      counts.received(command, receiveCommand(flood, command, this.neighbour))
  }

  status(nowMs: number, isQuick = false): LinkStatus {
    const { flood } = this.#own
    // A neighbour whose link is down may have stopped, and has no digest then.
    const lastComparison =
      this.isUp && !isQuick ? { secondsAgo: 0, equal: flood.digest === this.#other.flood.digest } : undefined
    const figures = { pending: flood.pending(this.neighbour), lastComparison }
    return linkStatus(this.neighbour, this.#standing, figures, nowMs)
  }

  close(): Promise<void> {
    this.#cancel()
    return Promise.resolve()
  }

  get #standing(): LinkStanding | undefined {
    if (this.#upSince === undefined) return undefined
    const peer = this.#peer as ProcessLink
    const now = performance.now()
    return {
      kind: 'proxyherd',
      upMs: now - this.#upSince,
      lastHeardMsAgo: now - peer.#sentAt,
      sentBytes: this.#sentBytes,
      receivedBytes: peer.#sentBytes,
    }
  }

  /** Sends reports as lines, which arrive after the delay of the link. */
  #sendLater(most: number, part: Part): number {
    const out = new ByteWriter()
    const words = { knowsCounts: true, knowsCutoffs: true }
    const outbox = writing(out, words, this.counts)
    const taken = this.#own.flood.take(this.neighbour, most, outbox, part)
    if (taken === 0) return 0
    const lines = out.take()
    this.#sentBytes += lines.length
    logSentLines(this.#log, lines)
    const peer = this.#peer as ProcessLink
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      peer.arrive(lines)
    }, this.delayMs)
    this.#timers.add(timer)
    return taken
  }

  /** Takes in lines that were sent on a link with a delay. */
  arrive(lines: Uint8Array): void {
    const reader = new LineReader(MAX_LINK_LINE_BYTES)
    reader.push(lines)
    while (reader.next()) {
      logReceivedLine(this.#log, reader)
      this.receive(parseCommand(reader))
    }
    this.#own.due()
  }

  /** Counts the reports that are passed, at both ends; `#passed` counts those that are news. Returns how many. */
  #count(what: 'sent' | 'repairs', pass: () => number): number {
    const { counts } = this.#peer as ProcessLink
    const newsBefore = counts.news
    const passed = pass()
    this.counts.sent += passed
    if (what === 'repairs') this.counts.repairs += passed
    counts.duplicates += passed - (counts.news - newsBefore)
    return passed
  }

  readonly #passed = (client: ClientNumber): void => {
    const { flood } = this.#own
    this.#sentBytes += flood.lengthOf(client) + 1
    const peer = this.#peer as ProcessLink
    peer.counts.news += 1
    const peerLog = peer.#log
    if (!this.#log || !peerLog) return
    const { bytes, start, end } = flood.lineOf(client)
    this.#log.out(bytes, start, end)
    peerLog.in(bytes, start, end)
  }

  #cancel(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#upSince = undefined
    this.#own.flood.linkDown(this.neighbour)
  }
}

import type { LinesAhead } from '../protocol/lines.js'
import type { Report, ReportLine } from '../protocol/report.js'
import type { SyncMessage } from '../protocol/sync.js'
import type { TreeMessage } from '../protocol/tree.js'
import { UNKNOWN, type Archive } from './archive.js'
import type { Branch } from './branch.js'
import { ClientQueue } from './client-queue.js'
import { Comparison } from './comparison.js'
import { Members } from './members.js'
import { HERE, type Origin } from './origin.js'
import type { NeighbourKind, Outbox } from './outbox.js'
import { BUCKETS, Table, type Digest } from './table.js'
import { Trees } from './trees.js'
import { Unstored } from './unstored.js'

/** A neighbour in the same process, which shares the archive. */
interface Colleague {
  readonly flood: Flood
  readonly told: (line: ReportLine) => void
}

interface Neighbour {
  readonly name: string
  // By client: however far a neighbour lags behind, it costs one place a client, and when it is ready it gets the newest
  // report of each.
  readonly pending: ClientQueue
  readonly comparison: Comparison
  /** Undefined for one that knows nothing of trees. */
  readonly branch: Branch | undefined
}

/**
 * What one server knows and whom it must tell: the table of the newest report of each client, and for each linked
 * neighbour what it has still to be told. It decides only; what it gives back, others carry out.
 */
export class Flood {
  readonly #server: string
  readonly #archive: Archive
  readonly #table: Table
  readonly #neighbours: Neighbour[] = []
  readonly #colleagues: Colleague[] = []
  /** What of it is to be put on disk. */
  readonly unstored = new Unstored()
  readonly #members: Members
  readonly #trees: Trees

  /** `server` is this server's name. Servers that compare must have as many buckets, a power of two, and archives with the same digest key. */
  constructor(server: string, archive: Archive, buckets: number = BUCKETS) {
    this.#server = server
    this.#archive = archive
    this.#table = new Table(archive, buckets)
    this.#members = new Members(archive, this.#table)
    this.#trees = new Trees(server)
  }

  /** How many clients are known. */
  get size(): number {
    return this.#table.size
  }

  /** The digest of all that is known. */
  get digest(): Digest {
    return this.#table.digest
  }

  /** The newest report of the client with this ID, or undefined if none was heard. It is valid until another is heard. */
  get(client: Buffer): Report | undefined {
    const number = this.#archive.find(client, 0, client.length)
    return number === UNKNOWN || this.#table.get(number) === UNKNOWN ? undefined : this.reportOf(number)
  }

  /** The newest report of every client, each valid until another is heard. */
  *reports(): Generator<Report> {
    for (const client of this.#table.clients()) yield this.reportOf(client)
  }

  /** Lines are about to be heard, or asked, most of them of clients. */
  foresee(lines: LinesAhead): void {
    this.#archive.foresee(lines)
  }

  /** Takes in a report from a client (no `from`) or from a neighbour; gives whether it is news. News travels, repetition stops. */
  hear(report: Report, from?: string): boolean {
    const neighbour = from === undefined ? undefined : this.#linked(from)
    const origin = this.#trees.heard(report)
    const isNews = this.#hear(report, origin, neighbour)
    if (origin && neighbour?.branch) this.#trees.brought(origin, neighbour.branch, isNews)
    return isNews
  }

  /**
   * A link to a neighbour in the same process, with the same archive, is up: it hears what is news to it at once, and `told` is given
   * that. The neighbour needs to be linked to this server as well.
   */
  linkWithin(neighbour: Flood, told: (line: ReportLine) => void): void {
    this.#colleagues.push({ flood: neighbour, told })
    for (const client of this.#table.clients()) this.#spread(client, this.#table.get(client))
  }

  /** A link to a neighbour came up: whatever either side missed while it was down, they compare, or all is told. */
  linkUp(neighbour: string, kind: NeighbourKind): void {
    this.linkDown(neighbour)
    const pending = new ClientQueue()
    if (kind === 'plain') for (const client of this.#table.clients()) pending.add(client)
    // Both say theirs, but one answer is enough.
    const comparison = new Comparison(this.#table, this.#members, this.#server > neighbour)
    if (kind === 'proxyherd') comparison.begin()
    const branch = kind === 'proxyherd' ? this.#trees.linkUp(neighbour) : undefined
    this.#neighbours.push({ name: neighbour, pending, comparison, branch })
  }

  /** A link is down: nothing is kept for the neighbour, because what it misses is found out when it is back. */
  linkDown(neighbour: string): void {
    const index = this.#neighbours.findIndex(({ name }) => name === neighbour)
    if (index === -1) return
    const [lost] = this.#neighbours.splice(index, 1)
    if (!lost?.branch) return
    this.#trees.linkDown(lost.branch)
    // What was on its way from there others have, perhaps longer than they remember.
    for (const { branch, comparison } of this.#neighbours) if (branch) comparison.begin()
  }

  /** The newest report of a client by its number, valid until another is heard. */
  reportOf(client: number): Report {
    return this.#archive.report(this.#table.get(client))
  }

  /** How many reports must be hashed before the digest is known, for which the next one that asks has to wait. */
  get unhashed(): number {
    return this.#table.unhashed
  }

  /** Hashes so many of them, or a few more. */
  hash(count?: number): void {
    this.#table.hash(count)
  }

  /** Says our digest to a neighbour, which will tell whether its own differs. */
  compare(neighbour: string): void {
    this.#linked(neighbour)?.comparison.begin()
  }

  /** Whether a neighbour's digest was ours when it last said it; undefined if it has not said one on this link. */
  inSync(neighbour: string): boolean | undefined {
    return this.#linked(neighbour)?.comparison.inSync
  }

  /** Takes in what a linked neighbour says of its table. */
  hearSync(message: SyncMessage, from: string): void {
    const neighbour = this.#linked(from)
    neighbour?.comparison.hear(message, (client) => {
      neighbour.pending.add(client)
    })
  }

  /** Takes in what a linked neighbour says of a tree. */
  hearTree(message: TreeMessage, from: string): void {
    const neighbour = this.#linked(from)
    if (!neighbour?.branch) return
    const { branch, pending, comparison } = neighbour
    const isAll = this.#trees.hear(message, branch, (client) => {
      pending.add(client)
    })
    if (!isAll) comparison.begin()
  }

  /** Whether `beat` is due: some time after something has come, and after a beat that has left something open. */
  get isRestless(): boolean {
    return this.#trees.isRestless
  }

  /** Time goes on. Beats are as far apart as a report may be under way between neighbours at most. */
  beat(): void {
    this.#trees.beat()
  }

  /** How many clients a neighbour must still be told of; 0 for one that is not linked. */
  pending(neighbour: string): number {
    return this.#linked(neighbour)?.pending.size ?? 0
  }

  /** Whether there is anything to send to a neighbour. */
  hasToTell(neighbour: string): boolean {
    const told = this.#linked(neighbour)
    if (!told) return false
    return told.comparison.hasToSay || told.branch?.hasToSay === true || told.pending.size > 0
  }

  /**
   * Gives at most `most` messages to send to a neighbour now, which count as sent; returns how many. What is about trees and sync goes first,
   * since it is short.
   */
  take(neighbour: string, most: number, outbox: Outbox): number {
    const told = this.#linked(neighbour)
    if (!told) return 0
    let taken =
      told.branch?.take(most, (message) => {
        outbox.tree(message)
      }) ?? 0
    taken += told.comparison.take(most - taken, (message) => {
      outbox.sync(message)
    })
    while (taken < most) {
      const client = told.pending.shift()
      if (client === undefined) break
      outbox.report(this.#archive.line(this.#table.get(client)))
      told.branch?.knows(client)
      taken += 1
    }
    return taken
  }

  /** Tells the servers of the process what is news here. Each tells all its neighbours before any of them passes it on, as over a network. */
  #spread(client: number, record: number): void {
    const tellers: Flood[] = [this]
    for (const teller of tellers)
      for (const { flood, told } of teller.#colleagues) {
        if (!flood.#hearRecord(client, record)) continue
        told(this.#archive.line(record))
        tellers.push(flood)
      }
  }

  #hear(report: Report, origin: Origin | undefined, from: Neighbour | undefined): boolean {
    const archive = this.#archive
    const client = archive.find(report.bytes, report.client, report.position - 1)
    if (client === UNKNOWN) {
      const added = archive.enrol(report)
      this.#put(added, archive.newest(added), origin, from)
      this.unstored.add(added)
      this.#spread(added, archive.newest(added))
      return true
    }
    const newest = archive.newest(client)
    const old = this.#table.get(client)
    const order = archive.compare(report, newest)
    const toOld = old === newest ? order : old === UNKNOWN ? 1 : archive.compare(report, old)
    if (toOld === 0 && from) isKnownTo(from, client)
    if (toOld <= 0) return false
    const record = order > 0 ? archive.renew(client, report) : order < 0 ? archive.keepOlder(report) : newest
    this.#put(client, record, origin, from)
    this.unstored.add(client)
    this.#spread(client, record)
    return true
  }

  #hearRecord(client: number, record: number): boolean {
    const old = this.#table.get(client)
    if (old === record) return false
    // Nothing is equal to the newest but itself, so that mostly there is nothing to compare.
    if (old !== UNKNOWN && record !== this.#archive.newest(client))
      if (this.#archive.compare(this.#archive.report(record), old) <= 0) return false
    const origin = this.#trees.isEmpty ? undefined : this.#trees.heard(this.#archive.report(record))
    if (origin) this.#trees.brought(origin, HERE, true)
    this.#put(client, record, origin)
    this.unstored.defer(client)
    return true
  }

  #put(client: number, record: number, origin: Origin | undefined, from?: Neighbour): void {
    this.#table.put(client, record)
    for (const neighbour of this.#neighbours) {
      const { pending, branch } = neighbour
      // Not back to the sender: it told us, so it knows.
      if (neighbour === from) isKnownTo(neighbour, client)
      else if (origin && branch?.isPruned(origin)) branch.owe(client, origin)
      else pending.add(client)
    }
  }

  #linked(neighbour: string): Neighbour | undefined {
    for (const linked of this.#neighbours) if (linked.name === neighbour) return linked
    return undefined
  }
}

// It told us the very report that we have, so it need not be told.
function isKnownTo({ pending, branch }: Neighbour, client: number): void {
  pending.delete(client)
  branch?.knows(client)
}

import type { Memory } from '../memory/memory.js'
import { NO_CLIENT, type ClientNumber } from '../memory/numbers.js'
import type { Report, ReportLine } from '../protocol/report.js'
import type { Statement } from '../protocol/statement.js'
import type { SyncMessage } from '../protocol/sync.js'
import type { TreeMessage } from '../protocol/tree.js'
import { FROM_DISK } from './change.js'
import { Comparison } from './comparison.js'
import type { Digest } from './digest-sums.js'
import { Expiry } from './expiry.js'
import type { FollowPolicy } from './follow-policy.js'
import type { Follower } from './follower.js'
import { Members } from './members.js'
import { Neighbour, type LinkKind } from './neighbour.js'
import { receive, ruleOf } from './receive.js'
import { Neighbours } from './neighbours.js'
import { LATE } from './origin.js'
import type { Outbox, Part } from './outbox.js'
import { Passing, type PassingEnd } from './passing.js'
import { BUCKETS, Replica } from './replica.js'
import { SlicedWork } from './sliced-work.js'
import { Trees } from './trees.js'

/**
 * One server's decisions: which reports it keeps, and what it sends to which neighbour. It only decides; others carry out what it returns.
 */
export class Flood {
  readonly #replica: Replica
  readonly #neighbours = new Neighbours()
  readonly #members: Members
  readonly #trees: Trees
  readonly #end: PassingEnd
  /** Which reports are too old to be kept. */
  readonly expiry: Expiry
  /** What is left to do in slices. */
  readonly slices: SlicedWork

  /** `server` is this server's name. Servers that compare must have equally many buckets, a power of two, and the same digest key. */
  constructor(server: string, memory: Memory, buckets: number = BUCKETS) {
    this.#replica = new Replica(server, memory, buckets)
    this.#members = new Members(memory, this.#replica.table)
    this.#trees = new Trees(server)
    this.slices = new SlicedWork(this.#replica.table, this.#neighbours)
    this.expiry = new Expiry(this.#replica.table, this.#neighbours)
    const [replica, neighbours, trees] = [this.#replica, this.#neighbours, this.#trees]
    this.#end = { server, replica, neighbours, trees, expiry: this.expiry }
  }

  /** How many clients have a report. */
  get size(): number {
    return this.#replica.table.size - this.#replica.tombstones
  }

  /** How many clients are forgotten and have not reported since. */
  get tombstones(): number {
    return this.#replica.tombstones
  }

  /** The digest of all that is known. */
  get digest(): Digest {
    return this.#replica.table.digest
  }

  /** How many bytes the queues to neighbours and other followers take. */
  get queueBytes(): number {
    return this.#neighbours.bytes + this.#replica.queueBytes
  }

  /** Follows the changes of the table, until the follower is cancelled. */
  follow(policy: FollowPolicy): Follower {
    return this.#replica.follow(policy)
  }

  /** The newest report of the client with this ID, or undefined if there is none; valid until the next is received. */
  get(client: Uint8Array): Report | undefined {
    const number = this.#replica.find(client, 0, client.length)
    return number !== NO_CLIENT && this.isShown(number) ? this.reportOf(number) : undefined
  }

  /** The newest statement about the client with this ID, which may be that it is forgotten; valid until the next is received. */
  statementAbout(client: Uint8Array): Statement | undefined {
    const number = this.#replica.find(client, 0, client.length)
    return number === NO_CLIENT ? undefined : this.#replica.statementOf(number)
  }

  /** The newest report of every client, each valid until the next is received. */
  *reports(): Generator<Report> {
    for (const client of this.clients()) yield this.reportOf(client)
  }

  /** The clients that have a report, ordered by number: all, or those from a number up to, not including, another one. */
  *clients(from?: number, end?: number): Generator<ClientNumber> {
    for (const client of this.#replica.table.clients(from, end)) if (this.isShown(client)) yield client
  }

  /** See `Table.sample`. Those that are forgotten or have expired are left out. */
  sample(count: number, random: number): ClientNumber[] {
    return this.#replica.table.sample(count, random).filter((client) => this.isShown(client))
  }

  /** The line of the newest statement about a client of which anything is known, valid until the next is received. */
  lineOf(client: ClientNumber): ReportLine {
    return this.#replica.lineOf(client)
  }

  /** How many bytes that line has. */
  lengthOf(client: ClientNumber): number {
    return this.#replica.lengthOf(client)
  }

  /** The newest report of a client that has one, valid until the next is received. */
  reportOf(client: ClientNumber): Report {
    return this.#replica.reportOf(client)
  }

  /**
   * Merges a report from a linked neighbour, or from a server of another program that is not linked (no `from`); returns whether it is news.
   * Only news is passed on. `count` is its place among the reports of its origin; without one, its arrival time there says that.
   */
  receive(report: Report, from?: string, count?: number): boolean {
    const sender = this.#linked(from)
    return receive(this.#end, report, { sender, count, generation: ruleOf(sender) })
  }

  /** The same for a report of a client of this server. */
  receiveOwn(report: Report, count?: number): boolean {
    return receive(this.#end, report, { sender: undefined, count, generation: 'held' })
  }

  /** The same for any statement. */
  receiveStatement(statement: Statement, from?: string, count?: number): boolean {
    return receive(this.#end, statement, { sender: this.#linked(from), count, generation: 'stated' })
  }

  /** Merges a report from the disk; with `stated`, any statement. */
  load(report: Report | Statement, generation: 'first' | 'stated' = 'first'): void {
    if (!this.expiry.refuses(report, generation)) this.#replica.merge(report, { ...FROM_DISK, generation })
  }

  /** See `Replica.mergeShared`. */
  loadShared(bytes: Uint8Array, start: number, to: number): number {
    return this.#replica.mergeShared(bytes, start, to)
  }

  /** Makes room for so many clients. */
  reserve(clients: number): void {
    this.#replica.reserve(clients)
  }

  /** Merges a report that a neighbour sends as late, which goes to all others, pruned or not; with `stated`, any statement. */
  receiveLate(report: Report | Statement, from: string, generation?: 'stated'): boolean {
    const sender = this.#linked(from)
    const rule = generation ?? ruleOf(sender)
    if (this.expiry.refuses(report, rule)) return this.#replica.raise(report)
    return this.#replica.merge(report, { route: LATE, sender, count: undefined, generation: rule })
  }

  /**
   * A link to a neighbour is up. Two proxyherd servers compare what they hold. A neighbour that cannot compare is sent everything, and so is a
   * server of the same process, which shares the memory. Returns what is kept for the neighbour.
   */
  linkUp(name: string, kind: LinkKind): Neighbour {
    this.linkDown(name)
    const branch = kind === 'proxyherd' ? this.#trees.linkUp(name) : undefined
    const comparison = new Comparison({
      table: this.#replica.table,
      members: this.#members,
      // Both send their digest, but one answer is enough.
      answers: this.#end.server > name,
      // How long the neighbour has lacked the report is not known, and servers beyond it may lack it too.
      onLacking: (client) => {
        neighbour.addMissedLate(client)
      },
    })
    const neighbour = new Neighbour({ name, kind, replica: this.#replica, comparison, branch })
    if (branch) comparison.begin()
    this.#neighbours.add(neighbour)
    return neighbour
  }

  /** A link is down: nothing is kept for the neighbour, because what it misses is found out when it is back. */
  linkDown(name: string): void {
    const lost = this.#neighbours.remove(name)
    lost?.close()
    if (!lost?.branch) return
    this.#trees.linkDown(lost.branch)
    // Other servers have what was under way on the link, but may no longer remember that they have not sent it to us.
    for (const { branch, comparison } of this.#neighbours) if (branch) comparison.begin()
  }

  /** Makes our digest due to a neighbour, so that it finds out whether its own differs. */
  compare(neighbour: string): void {
    this.#linked(neighbour)?.comparison.begin()
  }

  /** Whether a neighbour's digest was equal to ours when it last sent it; undefined if it has not sent one on this link. */
  inSync(neighbour: string): boolean | undefined {
    return this.#linked(neighbour)?.comparison.inSync
  }

  /** Prepares for a message that compares tables; see `Comparison.prepare`. */
  prepareSync(message: SyncMessage, from: string): void {
    this.#linked(from)?.comparison.prepare(message)
  }

  /** Takes a message that compares tables from a linked neighbour. */
  receiveSync(message: SyncMessage, from: string): void {
    this.#linked(from)?.receiveSync(message)
  }

  /** Takes a message about a tree from a linked neighbour. */
  receiveTree(message: TreeMessage, from: string): void {
    const neighbour = this.#linked(from)
    if (!neighbour?.branch) return
    neighbour.absorb()
    const isAll = this.#trees.receiveMessage(message, neighbour.branch, (client) => {
      neighbour.addMissed(client)
    })
    if (!isAll) neighbour.comparison.begin()
  }

  /** Whether `beat` must be called again: a report or a message about a tree has come, or the last beat has left something open. */
  get isBeatDue(): boolean {
    return this.#trees.isBeatDue
  }

  /** Called while `isBeatDue`, at intervals as long as a report may take between neighbours. */
  beat(): void {
    this.#trees.beat()
  }

  /** How many clients a neighbour must still be sent, at most; 0 for one that is not linked. */
  pending(neighbour: string): number {
    return this.#linked(neighbour)?.pending ?? 0
  }

  /** Whether there is anything to send to a neighbour. */
  hasToSend(neighbour: string): boolean {
    return this.#linked(neighbour)?.hasToSend ?? false
  }

  /** Says that a message from or to a neighbour may take so many beats. */
  setDelay(neighbour: string, beats: number): void {
    const branch = this.#linked(neighbour)?.branch
    if (branch) branch.delayBeats = beats
  }

  /** Puts at most `most` messages to a neighbour, of one part or of both, in the outbox; they count as sent. Returns how many. */
  take(neighbour: string, most: number, outbox: Outbox, part?: Part): number {
    return this.#linked(neighbour)?.take(most, outbox, part) ?? 0
  }

  /** The number of the next change, up to which `passNews` can pass changes. */
  get nextChange(): number {
    return this.#replica.log.end
  }

  /**
   * Passes the changes before `until` to a neighbour of kind `local`, without copies. Calls `onNews` with each client whose report is news
   * there; returns how many reports were passed.
   */
  passNews(other: Flood, until: number, onNews: (client: ClientNumber) => void): number {
    return new Passing(this.#end, other.#end, onNews).news(until)
  }

  /** Does the same for at most `most` of the reports that the neighbour has missed. */
  passRepairs(other: Flood, most: number, onNews: (client: ClientNumber) => void): number {
    return new Passing(this.#end, other.#end, onNews).repairs(most)
  }

  /** Whether a neighbour has missed anything. */
  hasRepairs(neighbour: string): boolean {
    return this.#linked(neighbour)?.hasRepairs ?? false
  }

  /** A linked proxyherd neighbour that does not know forgets, if there is one. */
  get withoutForgets(): string | undefined {
    return this.#neighbours.withoutForgets
  }

  /** Frees the memory of the table. The flood must not be used any more. */
  drop(): void {
    this.#replica.drop()
  }

  /** Whether a client has a report that is neither forgotten nor expired. */
  isShown(client: ClientNumber): boolean {
    return this.#replica.table.isShown(client)
  }

  #linked(name: string | undefined): Neighbour | undefined {
    return name === undefined ? undefined : this.#neighbours.named(name)
  }
}

import type { Memory } from '../memory/memory.js'
import { NO_CLIENT, type ClientNumber } from '../memory/numbers.js'
import type { Report, ReportLine } from '../protocol/report.js'
import type { SyncMessage } from '../protocol/sync.js'
import type { TreeMessage } from '../protocol/tree.js'
import { Comparison } from './comparison.js'
import type { Digest } from './digest-sums.js'
import { Expiry } from './expiry.js'
import type { Follower, FollowPolicy } from './follower.js'
import { Members } from './members.js'
import { Neighbour, type LinkKind } from './neighbour.js'
import { Neighbours } from './neighbours.js'
import { LATE } from './origin.js'
import type { Outbox, Part } from './outbox.js'
import { Passing, type PassingEnd } from './passing.js'
import { BUCKETS, Replica } from './replica.js'
import type { Table } from './table.js'
import { Trees } from './trees.js'

/**
 * One server's decisions: which reports it keeps, and what it sends to which neighbour. It only decides; others carry out what it returns.
 */
export class Flood {
  readonly #server: string
  readonly #replica: Replica
  readonly #neighbours = new Neighbours()
  readonly #members: Members
  readonly #trees: Trees
  readonly #end: PassingEnd
  /** Which reports are too old to be kept. */
  readonly expiry: Expiry

  /** `server` is this server's name. Servers that compare must have equally many buckets, a power of two, and the same digest key. */
  constructor(server: string, memory: Memory, buckets: number = BUCKETS) {
    this.#server = server
    this.#replica = new Replica(server, memory, buckets)
    this.#members = new Members(memory, this.#replica.table)
    this.#trees = new Trees(server)
    this.#end = { server, replica: this.#replica, neighbours: this.#neighbours, trees: this.#trees }
    this.expiry = new Expiry(this.#replica.table, this.#neighbours)
  }

  /** How many clients are known. */
  get size(): number {
    return this.#replica.table.size
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
    return number === NO_CLIENT || this.expiry.isExpired(number) ? undefined : this.reportOf(number)
  }

  /** The newest report of every client, each valid until the next is received. */
  *reports(): Generator<Report> {
    for (const client of this.#replica.table.clients())
      if (!this.expiry.isExpired(client)) yield this.reportOf(client)
  }

  /** The clients that have a report. */
  get table(): Pick<Table, 'sample' | 'clients'> {
    return this.#replica.table
  }

  /** The line of the report of a client that has one, valid until the next is received. */
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
   * Merges a report from a client (no `from`) or from a linked neighbour; returns whether it is news. Only news is passed on. `count` is its
   * place among the reports of its origin; without one, its arrival time there says that.
   */
  receive(report: Report, from?: string, count?: number): boolean {
    const neighbour = from === undefined ? undefined : this.#neighbours.named(from)
    const route = this.#trees.receive(report, neighbour?.branch, count)
    const isTooOld = this.expiry.refuses(report)
    const isNews = !isTooOld && this.#replica.merge(report, { route, sender: neighbour, count })
    if (!neighbour?.branch) return isNews
    if (typeof route === 'object') this.#trees.updateParent(route, neighbour.branch, isNews)
    else if (!isNews && !isTooOld) this.#trees.receiveDuplicate(report, neighbour.branch)
    return isNews
  }

  /** See `Replica.mergeShared`. */
  receiveShared(bytes: Uint8Array, start: number, to: number): number {
    return this.#replica.mergeShared(bytes, start, to)
  }

  /** Makes room for so many clients. */
  reserve(clients: number): void {
    this.#replica.reserve(clients)
  }

  /** Merges a report that a linked neighbour sends as late, which goes to all other neighbours, pruned or not. Returns whether it is news. */
  receiveLate(report: Report, from: string): boolean {
    if (this.expiry.refuses(report)) return false
    return this.#replica.merge(report, {
      route: LATE,
      sender: this.#neighbours.named(from),
      count: undefined,
    })
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
      answers: this.#server > name,
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

  /** How many clients must be looked at or hashed before all digests are known. Ask for a digest when that is at most `MAX_UNHASHED`. */
  get unhashed(): number {
    let most = this.#replica.table.unhashed
    for (const { comparison } of this.#neighbours) most = Math.max(most, comparison.range.digests.unhashed)
    return most
  }

  /** Looks at or hashes `count` clients, or a few more. */
  hash(count?: number): void {
    const { table } = this.#replica
    const behind = this.#neighbours.find(
      ({ comparison }) => comparison.range.digests.unhashed > table.unhashed,
    )
    if (behind) behind.comparison.range.digests.hash(count)
    else table.hash(count)
  }

  /** Whether there is work left that is done in slices, so that it delays nothing else: of comparisons, or to drop what has expired. */
  get isBehind(): boolean {
    return this.isDropping || this.#neighbours.behind !== undefined
  }

  /** Whether reports that have expired may still be in the table. */
  get isDropping(): boolean {
    return this.#replica.table.isDropping
  }

  /** Does a slice of that work, of about `count` reports or clients, and at most a bucket more. */
  work(count: number): void {
    const { table } = this.#replica
    if (table.isDropping) table.dropExpired(count)
    else this.#neighbours.behind?.work(count)
  }

  /** Makes our digest due to a neighbour, so that it finds out whether its own differs. */
  compare(neighbour: string): void {
    this.#neighbours.named(neighbour)?.comparison.begin()
  }

  /** Whether a neighbour's digest was equal to ours when it last sent it; undefined if it has not sent one on this link. */
  inSync(neighbour: string): boolean | undefined {
    return this.#neighbours.named(neighbour)?.comparison.inSync
  }

  /** Prepares for a message that compares tables; see `Comparison.prepare`. */
  prepareSync(message: SyncMessage, from: string): void {
    this.#neighbours.named(from)?.comparison.prepare(message)
  }

  /** Takes a message that compares tables from a linked neighbour. */
  receiveSync(message: SyncMessage, from: string): void {
    this.#neighbours.named(from)?.receiveSync(message)
  }

  /** Takes a message about a tree from a linked neighbour. */
  receiveTree(message: TreeMessage, from: string): void {
    const neighbour = this.#neighbours.named(from)
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
    return this.#neighbours.named(neighbour)?.pending ?? 0
  }

  /** Whether there is anything to send to a neighbour. */
  hasToSend(neighbour: string): boolean {
    return this.#neighbours.named(neighbour)?.hasToSend ?? false
  }

  /** Says that a message from or to a neighbour may take so many beats. */
  setDelay(neighbour: string, beats: number): void {
    const branch = this.#neighbours.named(neighbour)?.branch
    if (branch) branch.delayBeats = beats
  }

  /** Puts at most `most` messages to a neighbour, of one part or of both, in the outbox; they count as sent. Returns how many. */
  take(neighbour: string, most: number, outbox: Outbox, part?: Part): number {
    return this.#neighbours.named(neighbour)?.take(most, outbox, part) ?? 0
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
    return this.#neighbours.named(neighbour)?.hasRepairs ?? false
  }

  /** Frees the memory of the table. The flood must not be used any more. */
  drop(): void {
    this.#replica.drop()
  }
}

import { MAX_BUCKETS, type Memory } from '../memory/memory.js'
import { NO_CLIENT, NO_RECORD, type ClientNumber, type RecordNumber } from '../memory/numbers.js'
import { LF, SPACE, spells } from '../protocol/bytes.js'
import { compareReports, compareStatements } from '../protocol/merge.js'
import { NO_LINE, originIn, type Report, type ReportLine } from '../protocol/report.js'
import { FORGET, REPORT, recordOf, type Statement } from '../protocol/statement.js'
import { ChangeLog } from './change-log.js'
import { FROM_DISK, RAISED, type Change } from './change.js'
import type { FollowPolicy, Removal } from './follow-policy.js'
import { Follower, type FollowedReplica } from './follower.js'
import { Followers } from './followers.js'
import { inGeneration, raisedTo } from './generation-rule.js'
import { Table } from './table.js'

/**
 * The number of buckets of a table: enough that a few differing reports leave most buckets equal, few enough that the digests of all buckets
 * fit into one line. A power of two.
 */
export const BUCKETS = MAX_BUCKETS

/** What one server knows: the table with the newest statement about each client, and the followers of its changes. */
export class Replica implements FollowedReplica {
  readonly #server: string
  readonly #memory: Memory
  readonly table: Table
  readonly log = new ChangeLog()
  readonly #followers = new Followers()
  /** The counts of those reports that have one. A server counts only after its clock has stepped back. */
  readonly #counts = new Map<ClientNumber, number>()
  /** How many clients are forgotten. */
  tombstones = 0

  /** `server` is the name of the server. */
  constructor(server: string, memory: Memory, buckets: number) {
    this.#server = server
    this.#memory = memory
    this.table = new Table(memory, buckets)
    this.table.onExpired = (client) => {
      this.remove(client, 'expired')
    }
    this.table.onShown = (client) => {
      for (const follower of this.#followers) follower.shown(client)
    }
  }

  get clients(): number {
    return this.#memory.clients
  }

  /** The bytes of the followers' queues. */
  get queueBytes(): number {
    return this.#followers.bytes
  }

  /** Adds a follower, which follows all changes until it is cancelled. */
  follow(policy: FollowPolicy): Follower {
    const follower = new Follower(this, policy)
    this.#followers.add(follower)
    return follower
  }

  /** Stores a report if the merge law says that it is newer than what is known of its client, if anything is. Returns whether it is. */
  merge(report: Report | Statement, change: Change): boolean {
    const memory = this.#memory
    const { generation } = change
    const idEnd = report.position - 1
    const hashed = memory.hashOf(report.bytes, report.client, idEnd)
    const client = memory.find(report.bytes, report.client, idEnd, hashed)
    if (client === NO_CLIENT) {
      const statement = generation === 'stated' ? (report as Statement) : undefined
      const added = memory.add(statement ? recordOf(statement) : report, statement?.kind ?? REPORT, hashed)
      this.put(added, memory.latest(added), change)
      return true
    }
    const latest = memory.latest(client)
    const old = this.table.get(client)
    // Nearly all statements are plain reports.
    if (
      generation === 'stated' ||
      this.table.kindOf(latest) !== REPORT ||
      (old !== latest && this.table.kindOf(old) !== REPORT)
    )
      return this.#mergeKnown(report, client, change)
    const toLatest = compareReports(report, memory.records.fields(latest))
    const toOld = old === latest ? toLatest : this.#compare(report, old)
    if (toOld === 0) change.sender?.markKnown(client)
    if (toOld <= 0) return false
    if (toLatest > 0) this.put(client, memory.renew(client, report, REPORT), change)
    else this.put(client, toLatest < 0 ? memory.store(report, REPORT) : latest, change)
    return true
  }

  /** Merges a report or statement where the order of generations counts. */
  #mergeKnown(report: Report | Statement, client: ClientNumber, change: Change): boolean {
    // What has expired must not win by its generation until it is dropped.
    if (this.table.dropIfExpired(client)) return this.merge(report, change)
    const { generation, sender } = change
    const old = this.table.get(client)
    const held = old === NO_RECORD ? undefined : this.table.statementOf(old)
    const statement = generation === 'stated' ? (report as Statement) : inGeneration(report, held, generation)
    const isUnknown = held && statement.generation < held.generation && sender?.hasDropped(held)
    if (!isUnknown) return this.#mergeStatement(statement, client, change)
    return this.#mergeStatement(raisedTo(statement, held.generation), client, RAISED)
  }

  /**
   * A statement has come that has expired here. If what is held of its client is of an earlier generation, takes it into that of the statement:
   * it is later, or it would have expired as well, but servers where the statement has not expired would take it for forgotten. Returns whether
   * that was done.
   */
  raise(expired: Report | Statement): boolean {
    const client = this.find(expired.bytes, expired.client, expired.position - 1)
    if (!('generation' in expired) || client === NO_CLIENT || this.table.dropIfExpired(client)) return false
    const { generation } = expired
    const held = this.statementOf(client)
    return held.generation < generation && this.#mergeStatement(raisedTo(held, generation), client, RAISED)
  }

  #mergeStatement(statement: Statement, client: ClientNumber, change: Change): boolean {
    const memory = this.#memory
    const latest = memory.latest(client)
    const old = this.table.get(client)
    const toLatest = compareStatements(statement, this.table.statementOf(latest))
    const toOld = old === NO_RECORD ? 1 : compareStatements(statement, this.table.statementOf(old))
    if (toOld === 0) change.sender?.markKnown(client)
    if (toOld <= 0) return false
    const record = recordOf(statement)
    if (toLatest > 0) this.put(client, memory.renew(client, record, statement.kind), change)
    else this.put(client, toLatest < 0 ? memory.store(record, statement.kind) : latest, change)
    return true
  }

  /**
   * Merges the report in the line from `start`, if it is the newest of all tables of the client after the one that has changed here last.
   * Servers of a process have their clients on disk in almost the same order, so this finds most lines that another one has loaded, without
   * reading them. Returns the offset of the line end, or `NO_LINE`; bytes from `to` on are not part of the line.
   */
  mergeShared(bytes: Uint8Array, start: number, to: number): number {
    const client = (this.log.client(this.log.end - 1) + 1) as ClientNumber
    if (client >= this.#memory.clients) return NO_LINE
    const record = this.#memory.latest(client)
    if (record === NO_RECORD) return NO_LINE
    const end = this.#memory.records.endOfSame(record, bytes, start)
    if (end >= to || bytes[end] !== LF) return NO_LINE
    if (!this.isTooOld(record) && this.isNews(client, record)) this.put(client, record, FROM_DISK)
    return end
  }

  /** Makes room for so many clients. */
  reserve(clients: number): void {
    this.#memory.reserve(clients)
  }

  /** Whether a record that another table of the memory holds is newer than the one of its client here. */
  isNews(client: ClientNumber, record: RecordNumber): boolean {
    const old = this.table.get(client)
    if (old === record) return false
    // Nothing is newer than the latest record, so reports seldom need comparing.
    if (old === NO_RECORD || record === this.#memory.latest(client)) return true
    return compareStatements(this.table.statementOf(record), this.table.statementOf(old)) > 0
  }

  /** Whether a record has expired. */
  isTooOld(record: RecordNumber): boolean {
    return this.table.isBefore(record, this.table.cutoff.cutoff)
  }

  /** Makes a record the newest of its client here, and logs the change for the followers. */
  put(client: ClientNumber, record: RecordNumber, { route, sender, count }: Change): void {
    if (count !== undefined) this.#counts.set(client, count)
    else if (this.#counts.size > 0) this.#counts.delete(client)
    const isForget = this.table.kindOf(record) === FORGET
    if (this.tombstones > 0 && this.isForgotten(client)) this.tombstones -= 1
    if (isForget) this.#forget(client)
    this.table.put(client, record)
    this.log.append(client, route, sender)
    this.#followers.logged(this.log)
    if (isForget) this.#forgotten(client)
  }

  /** A client was forgotten: most followers need not read that. */
  #forgotten(client: ClientNumber): void {
    this.tombstones += 1
    for (const follower of this.#followers) if (!follower.followsForgets) follower.drop(client)
  }

  /**
   * A client is about to be forgotten. Followers are notified while they can still read the report; most are given reports only.
   */
  #forget(client: ClientNumber): void {
    if (!this.has(client)) return
    for (const follower of this.#followers)
      if (!follower.followsForgets) follower.removed(client, 'forgotten')
  }

  /**
   * Removes what is known of a client, if anything is. All followers that have been given it are notified just before, so that they can still
   * read it.
   */
  remove(client: ClientNumber, why: Removal = 'forgotten'): void {
    if (!this.holds(client)) return
    const wasForgotten = this.isForgotten(client)
    if (wasForgotten) this.tombstones -= 1
    this.pin(client)
    for (const follower of this.#followers)
      if (!wasForgotten || follower.followsForgets) follower.removed(client, why)
    this.table.remove(client)
    this.#counts.delete(client)
    this.unpin(client)
  }

  /** The number of the client with an ID of which anything is known, or `NO_CLIENT`. */
  find(bytes: Uint8Array, start: number, end: number): ClientNumber {
    const client = this.#memory.find(bytes, start, end)
    return client !== NO_CLIENT && this.holds(client) ? client : NO_CLIENT
  }

  /** The line of the newest statement about a client of which anything is known; valid until the next is received. */
  lineOf(client: ClientNumber): ReportLine {
    return this.#memory.records.line(this.table.get(client))
  }

  /** How many bytes that line has. */
  lengthOf(client: ClientNumber): number {
    return this.#memory.records.length(this.table.get(client))
  }

  /** The count of the report of a client, if it has one. */
  countOf(client: ClientNumber): number | undefined {
    return this.#counts.size > 0 ? this.#counts.get(client) : undefined
  }

  /** The `AT` of the newest statement about a client of which anything is known, without its generation; valid until the next is received. */
  reportOf(client: ClientNumber): Report {
    const record = this.table.get(client)
    const fields = this.#memory.records.fields(record)
    return this.table.kindOf(record) === REPORT ? fields : this.table.statementOf(record)
  }

  /** The newest statement about a client of which anything is known; valid until the next is received. */
  statementOf(client: ClientNumber): Statement {
    return this.table.statementOf(this.table.get(client))
  }

  /** Whether the newest statement about a client is a report of generation 0, so that its line is an `AT`. */
  isPlain(client: ClientNumber): boolean {
    return this.table.kindOf(this.table.get(client)) === REPORT
  }

  /** Whether a client is known and not forgotten. */
  has(client: ClientNumber): boolean {
    const record = this.table.get(client)
    return record !== NO_RECORD && this.table.kindOf(record) !== FORGET
  }

  /** Whether anything is known of a client, if only that it is forgotten. */
  holds(client: ClientNumber): boolean {
    return this.table.get(client) !== NO_RECORD
  }

  isForgotten(client: ClientNumber): boolean {
    const record = this.table.get(client)
    return record !== NO_RECORD && this.table.kindOf(record) === FORGET
  }

  isOwn(client: ClientNumber): boolean {
    const report = this.reportOf(client)
    const start = originIn(report)
    const end = start + this.#server.length
    return report.bytes[end] === SPACE && spells(report.bytes, start, end, this.#server)
  }

  pin(client: ClientNumber): void {
    this.#memory.pin(client)
  }

  unpin(client: ClientNumber): void {
    this.#memory.unpin(client)
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower)
  }

  /** Frees the memory of the table. The replica must not be used any more. */
  drop(): void {
    for (const follower of this.#followers) follower.cancel()
    this.table.drop()
  }

  /** Positive if a report is newer than the record in the table or there is none, negative if it is older, 0 if they are the same. */
  #compare(report: Report, old: RecordNumber): number {
    return old === NO_RECORD ? 1 : compareReports(report, this.#memory.records.fields(old))
  }
}

import { MAX_BUCKETS, type Memory } from '../memory/memory.js'
import { NO_CLIENT, NO_RECORD, type ClientNumber, type RecordNumber } from '../memory/numbers.js'
import { LF, SPACE, spells } from '../protocol/bytes.js'
import { compareReports } from '../protocol/merge.js'
import { NO_LINE, originIn, type Report, type ReportLine } from '../protocol/report.js'
import { ChangeLog, LOG_CHANGES } from './change-log.js'
import { Follower, type FollowedReplica, type FollowPolicy, type Removal } from './follower.js'
import type { Neighbour } from './neighbour.js'
import type { Route } from './origin.js'
import { Table } from './table.js'

/**
 * The number of buckets of a table: enough that a few differing reports leave most buckets equal, few enough that the digests of all buckets
 * fit into one line. A power of two.
 */
export const BUCKETS = MAX_BUCKETS

/** The kind of a record that is a report. */
const REPORT = 0

/** At least so many changes are logged between two checks of which followers lag behind. Most have read all up to the last tick. */
const FEWEST_UNTIL_CHECK = 128

/** How a report has come here and how it travels on. */
export interface Change {
  readonly route: Route
  /** The neighbour that has sent it, if one has. */
  readonly sender: Neighbour | undefined
  /** Its place among the reports of its origin; undefined if that is the time of its arrival there. */
  readonly count: number | undefined
}

/** How a report has come that was loaded from the disk. */
export const FROM_DISK: Change = { route: undefined, sender: undefined, count: undefined }

/** What one server knows: the table with the newest report of each client, and the followers of its changes. */
export class Replica implements FollowedReplica {
  readonly #server: string
  readonly #memory: Memory
  readonly table: Table
  readonly log = new ChangeLog()
  /** The number of the change after which followers that lag behind must absorb the log. */
  #absorbAt = LOG_CHANGES
  /** The array is replaced, never changed, so that a follower may be added or cancelled while it is iterated. */
  #followers: readonly Follower[] = []
  /** The counts of those reports that have one. A server counts only after its clock has stepped back. */
  readonly #counts = new Map<ClientNumber, number>()

  /** `server` is the name of the server. */
  constructor(server: string, memory: Memory, buckets: number) {
    this.#server = server
    this.#memory = memory
    this.table = new Table(memory, buckets)
    this.table.onExpired = (client) => {
      this.remove(client, 'expired')
    }
  }

  get clients(): number {
    return this.#memory.clients
  }

  /** The bytes of the followers' queues. */
  get queueBytes(): number {
    let bytes = 0
    for (const follower of this.#followers) bytes += follower.bytes
    return bytes
  }

  /** Adds a follower, which follows all changes until it is cancelled. */
  follow(policy: FollowPolicy): Follower {
    const follower = new Follower(this, policy)
    this.#followers = [...this.#followers, follower]
    return follower
  }

  /** Stores a report if the merge law says that it is newer than the one of its client, if there is one. Returns whether it is. */
  merge(report: Report, change: Change): boolean {
    const memory = this.#memory
    const idEnd = report.position - 1
    const hashed = memory.hashOf(report.bytes, report.client, idEnd)
    const client = memory.find(report.bytes, report.client, idEnd, hashed)
    if (client === NO_CLIENT) {
      const added = memory.add(report, REPORT, hashed)
      this.put(added, memory.latest(added), change)
      return true
    }
    const latest = memory.latest(client)
    const old = this.table.get(client)
    const toLatest = compareReports(report, memory.records.fields(latest))
    const toOld = old === latest ? toLatest : this.#compare(report, old)
    if (toOld === 0) change.sender?.markKnown(client)
    if (toOld <= 0) return false
    if (toLatest > 0) this.put(client, memory.renew(client, report, REPORT), change)
    else this.put(client, toLatest < 0 ? memory.store(report, REPORT) : latest, change)
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
    return this.#compare(this.#memory.records.fields(record), old) > 0
  }

  /** Whether a record has expired. */
  isTooOld(record: RecordNumber): boolean {
    return this.table.isBefore(record, this.table.cutoff.cutoff)
  }

  /** Makes a record the newest of its client here, and logs the change for the followers. */
  put(client: ClientNumber, record: RecordNumber, { route, sender, count }: Change): void {
    if (count !== undefined) this.#counts.set(client, count)
    else if (this.#counts.size > 0) this.#counts.delete(client)
    this.table.put(client, record)
    this.log.append(client, route, sender)
    if (this.log.end === this.#absorbAt) this.#absorbLog()
  }

  /** Removes a client, if it has a report. All followers are notified just before, so that they can still read the report. */
  remove(client: ClientNumber, why: Removal = 'forgotten'): void {
    if (!this.has(client)) return
    this.pin(client)
    for (const follower of this.#followers) follower.removed(client, why)
    this.table.remove(client)
    this.#counts.delete(client)
    this.unpin(client)
  }

  /** The number of the client with an ID that has a report, or `NO_CLIENT`. */
  find(bytes: Uint8Array, start: number, end: number): ClientNumber {
    const client = this.#memory.find(bytes, start, end)
    return client !== NO_CLIENT && this.has(client) ? client : NO_CLIENT
  }

  /** The line of the report of a client that has one; valid until the next is received. */
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

  /** The report of a client that has one; valid until the next is received. */
  reportOf(client: ClientNumber): Report {
    return this.#memory.records.fields(this.table.get(client))
  }

  has(client: ClientNumber): boolean {
    return this.table.get(client) !== NO_RECORD
  }

  isOwn(client: ClientNumber): boolean {
    const line = this.lineOf(client)
    const start = originIn(line)
    const end = start + this.#server.length
    return line.bytes[end] === SPACE && spells(line.bytes, start, end, this.#server)
  }

  pin(client: ClientNumber): void {
    this.#memory.pin(client)
  }

  unpin(client: ClientNumber): void {
    this.#memory.unpin(client)
  }

  leave(follower: Follower): void {
    this.#followers = this.#followers.filter((other) => other !== follower)
  }

  /** Frees the memory of the table. The replica must not be used any more. */
  drop(): void {
    for (const follower of this.#followers) follower.cancel()
    this.table.drop()
  }

  /** Has those followers absorb the log whose unread changes would soon be overwritten. */
  #absorbLog(): void {
    let mostUnread = 0
    for (const follower of this.#followers) {
      if (follower.unread > LOG_CHANGES - FEWEST_UNTIL_CHECK) follower.absorb()
      mostUnread = Math.max(mostUnread, follower.unread)
    }
    this.#absorbAt = (this.log.end + LOG_CHANGES - mostUnread) >>> 0
  }

  /** Positive if a report is newer than the record in the table or there is none, negative if it is older, 0 if they are the same. */
  #compare(report: Report, old: RecordNumber): number {
    return old === NO_RECORD ? 1 : compareReports(report, this.#memory.records.fields(old))
  }
}

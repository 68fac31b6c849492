import { ClientQueue } from '../memory/client-queue.js'
import { ClientSet } from '../memory/client-set.js'
import type { ClientNumber } from '../memory/numbers.js'
import { LOG_CHANGES, type ChangeLog } from './change-log.js'
import type { Neighbour } from './neighbour.js'
import type { Route } from './origin.js'

/** More unread removals than this are forgotten, and the follower starts again from the table. */
export const MAX_UNREAD_REMOVALS = 65_536

/** What a follower wants to know, and from when on. */
export interface FollowPolicy {
  /** Start with the reports of all clients, or only with what changes from now on. */
  readonly from: 'all' | 'now'
  /** Follow only reports of this server's own clients, not those that other servers have received. */
  readonly isOwnOnly?: boolean
  /**
   * Asked for each change, in order, when it is read or counted: whether the follower wants it; not about reports that are read from the table. `route` is how the report travels, `sender` the
   * neighbour that has sent it, if one has, `arrivedAt` when it arrived at its origin. By default all changes are wanted.
   */
  readonly selects?: (
    client: ClientNumber,
    route: Route,
    sender: Neighbour | undefined,
    arrivedAt: number,
  ) => boolean
  /** Read changes as they are, for a follower that does not mind being given a client more than once. */
  readonly mayRepeat?: boolean
  /** Called as soon as a client is removed, for a follower that keeps client numbers of its own. Then no removals are queued. */
  readonly onRemoved?: (client: ClientNumber) => void
}

/** What a follower needs of the replica that it follows. */
export interface FollowedReplica {
  readonly log: ChangeLog
  /** All client numbers are below this. */
  readonly clients: number
  has(client: ClientNumber): boolean
  /** Whether the report of a client comes from one of this server's own clients. */
  isOwn(client: ClientNumber): boolean
  /** Keeps the number of a client from being given to another one, until it is unpinned. */
  pin(client: ClientNumber): void
  unpin(client: ClientNumber): void
  leave(follower: Follower): void
}

/**
 * A cursor over what changes in a replica, with one slot per client: however slowly it is read, it never holds more than a slot for each
 * client, and it gives the newest report of each. It reads at its own pace and delays nobody.
 *
 * What is unread is in the log of the replica, and moves to a queue when it is read, when it is counted, and before the log overwrites it.
 */
export class Follower {
  readonly #replica: FollowedReplica
  readonly #policy: FollowPolicy
  readonly #isOwnOnly: boolean
  readonly #mayRepeat: boolean
  /** The number of the next change in the log. */
  #cursor: number
  /** The clients with unread changes before that. */
  readonly #queue = new ClientQueue()
  readonly #removed = new ClientQueue()
  /** Clients from this number on, up to the end, are still to be read from the table. */
  #scanFrom = 0
  #scanEnd = 0
  /** Those among them that need not be read from there. */
  #known = new ClientSet()
  #hasLostRemovals = false
  #isCancelled = false

  /** See `Replica.follow`. */
  constructor(replica: FollowedReplica, policy: FollowPolicy) {
    this.#replica = replica
    this.#policy = policy
    this.#isOwnOnly = policy.isOwnOnly === true
    this.#mayRepeat = policy.mayRepeat === true
    this.#cursor = replica.log.end
    if (policy.from === 'all') this.restart()
  }

  /** How many clients have changed and are still to be read. */
  get changes(): number {
    this.absorb()
    return this.#queue.size
  }

  /** How many clients are still to be read from the table, at most. */
  get unscanned(): number {
    return this.#scanEnd - this.#scanFrom - this.#known.size
  }

  /** How many clients are still to be read, at most. */
  get size(): number {
    return this.changes + this.unscanned
  }

  /** Whether a client is still to be read. */
  has(client: ClientNumber): boolean {
    this.absorb()
    return this.isQueued(client)
  }

  /** Whether a client is still to be read, leaving out changes that are still in the log. */
  isQueued(client: ClientNumber): boolean {
    return this.#queue.has(client) || (this.#willScan(client) && !this.#known.has(client))
  }

  /** The report of a client is to be read, or to be read again, if there is one. */
  add(client: ClientNumber): void {
    if (this.#replica.has(client)) this.#enqueue(client)
  }

  /** The report of a client need not be read. */
  drop(client: ClientNumber): void {
    this.absorb()
    this.dropQueued(client)
  }

  /** The same, leaving out changes that are still in the log. */
  dropQueued(client: ClientNumber): void {
    this.#queue.delete(client)
    if (this.#willScan(client)) this.#known.add(client)
  }

  /** Starts again with the reports of all clients. */
  restart(): void {
    this.#clear()
    if (!this.#isCancelled) this.#scanEnd = this.#replica.clients
  }

  /** Takes the next client: of the changes first, then of the table. */
  next(): ClientNumber | undefined {
    return this.nextChange() ?? this.nextOfTable()
  }

  /** Takes the next client whose report has changed; of changes in the log, only those before `until`. */
  nextChange(until = this.#end): ClientNumber | undefined {
    for (;;) {
      const client = this.#queue.size > 0 ? this.#queue.shift() : this.#nextInLog(until)
      // An own report may have been replaced by one of another server since it was queued.
      if (client === undefined || !this.#isOwnOnly || this.#replica.isOwn(client)) return client
    }
  }

  /** Takes the next client of the part of the table that is still to be read. */
  nextOfTable(): ClientNumber | undefined {
    if (this.#scanFrom === this.#scanEnd) return undefined
    this.absorb()
    while (this.#scanFrom < this.#scanEnd) {
      const client = this.#scanFrom as ClientNumber
      this.#scanFrom += 1
      if (this.#known.delete(client) || !this.#replica.has(client)) continue
      if (!this.#isOwnOnly || this.#replica.isOwn(client)) return client
    }
    return undefined
  }

  /** Takes at most `most` clients, as `next` does. */
  take(most: number): ClientNumber[] {
    const clients: ClientNumber[] = []
    while (clients.length < most) {
      const client = this.next()
      if (client === undefined) break
      clients.push(client)
    }
    return clients
  }

  /**
   * Gives each client that was removed and has not reported since; its latest record is valid during the call. Returns false if removals were
   * lost because too many were unread: then the follower starts again from the table now, and a client that it does not give is gone.
   */
  readRemovals(give: (client: ClientNumber) => void): boolean {
    for (let client = this.#removed.shift(); client !== undefined; client = this.#removed.shift()) {
      if (!this.#replica.has(client)) give(client)
      this.#replica.unpin(client)
    }
    if (!this.#hasLostRemovals) return true
    this.#hasLostRemovals = false
    // Not sooner: what was read before this call does not count.
    this.restart()
    return false
  }

  /** Follows no longer, and holds nothing any more. */
  cancel(): void {
    if (this.#isCancelled) return
    this.#clear()
    this.#isCancelled = true
    this.#replica.leave(this)
    this.#dropRemovals()
  }

  /** Moves what is unread in the log to the queue. */
  absorb(): void {
    const { log } = this.#replica
    while (this.#cursor !== this.#end) {
      const change = this.#cursor
      this.#cursor = (change + 1) >>> 0
      if (this.#selects(log, change)) this.#enqueue(log.client(change))
    }
  }

  /** The replica has a client no more. */
  removed(client: ClientNumber): void {
    if (this.#isCancelled) return
    this.drop(client)
    const { onRemoved } = this.#policy
    if (onRemoved) {
      onRemoved(client)
      return
    }
    if (this.#hasLostRemovals || this.#removed.has(client)) return
    this.#removed.add(client)
    this.#replica.pin(client)
    if (this.#removed.size <= MAX_UNREAD_REMOVALS) return
    this.#dropRemovals()
    this.#hasLostRemovals = true
  }

  /** Of a follower that is cancelled, nothing in the log is unread. */
  get #end(): number {
    return this.#isCancelled ? this.#cursor : this.#replica.log.end
  }

  #nextInLog(until: number): ClientNumber | undefined {
    const { log } = this.#replica
    // More changes than the log holds are none: then the cursor is behind `until` already.
    for (let left = (until - this.#cursor) >>> 0; left > 0 && left <= LOG_CHANGES; left -= 1) {
      const change = this.#cursor
      if (!this.#mayRepeat) {
        this.absorb()
        return this.#queue.shift()
      }
      this.#cursor = (change + 1) >>> 0
      if (!this.#selects(log, change)) continue
      const client = log.client(change)
      if (this.#willScan(client)) this.#known.add(client)
      return client
    }
    return undefined
  }

  #selects(log: ChangeLog, change: number): boolean {
    const { selects } = this.#policy
    return (
      !selects || selects(log.client(change), log.route(change), log.sender(change), log.arrivedAt(change))
    )
  }

  /** Whether a client is in the part of the table that is still to be read. */
  #willScan(client: ClientNumber): boolean {
    return client >= this.#scanFrom && client < this.#scanEnd
  }

  /** A change does not wait for the table to be read. */
  #enqueue(client: ClientNumber): void {
    // It may have been cancelled while it selected the change.
    if (this.#isCancelled) return
    this.#queue.add(client)
    if (this.#willScan(client)) this.#known.add(client)
  }

  #clear(): void {
    this.#cursor = this.#replica.log.end
    while (this.#queue.shift() !== undefined);
    this.#known = new ClientSet()
    this.#scanFrom = 0
    this.#scanEnd = 0
  }

  #dropRemovals(): void {
    for (let client = this.#removed.shift(); client !== undefined; client = this.#removed.shift())
      this.#replica.unpin(client)
  }
}

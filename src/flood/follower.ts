import { ClientQueue } from '../memory/client-queue.js'
import { ClientSet } from '../memory/client-set.js'
import type { ClientNumber } from '../memory/numbers.js'
import { LOG_CHANGES, type ChangeLog } from './change-log.js'
import type { FollowPolicy, OnChange, Removal } from './follow-policy.js'

/** The most unread removals that are kept. If there are more, all are forgotten and the follower starts again from the table. */
export const MAX_UNREAD_REMOVALS = 65_536

/** What a follower needs of the replica that it follows. */
export interface FollowedReplica {
  readonly log: ChangeLog
  /** All client numbers are below this. */
  readonly clients: number
  /** Whether a client is known and not forgotten. */
  has(client: ClientNumber): boolean
  /** Whether anything is known of a client, if only that it is forgotten. */
  holds(client: ClientNumber): boolean
  /** Whether the report of a client comes from one of this server's own clients. */
  isOwn(client: ClientNumber): boolean
  /** Keeps the number of a client from being given to another one, until it is unpinned. */
  pin(client: ClientNumber): void
  unpin(client: ClientNumber): void
  leave(follower: Follower): void
}

/**
 * A cursor over the changes of a replica. It is read at its own pace and delays nobody: however slow, it holds at most one slot per client, and
 * it gives the newest report of each.
 *
 * Unread changes are in the log of the replica. They move to a queue when they are read, when they are counted, and before the log overwrites
 * them.
 */
export class Follower {
  readonly #replica: FollowedReplica
  readonly #policy: FollowPolicy
  readonly #isOwnOnly: boolean
  /** Whether what is forgotten is among its changes. */
  readonly followsForgets: boolean
  /** The number of the next change in the log. */
  #cursor: number
  /** The clients with unread changes before the cursor. */
  readonly #queue = new ClientQueue()
  readonly #removed = new ClientQueue()
  /** Those that had expired when they were last removed. */
  readonly #expired = new ClientSet()
  /** Clients from `#scanFrom` up to, not including, `#scanEnd` are still to be read from the table. */
  #scanFrom = 0
  #scanEnd = 0
  /** The clients among them that need not be read from there. */
  #known = new ClientSet()
  #hasLostRemovals = false
  #isCancelled = false

  /** See `Replica.follow`. */
  constructor(replica: FollowedReplica, policy: FollowPolicy) {
    this.#replica = replica
    this.#policy = policy
    this.#isOwnOnly = policy.isOwnOnly === true
    this.followsForgets = policy.forgets === true
    this.#cursor = replica.log.end
    if (policy.from === 'all') this.restart()
  }

  /** The bytes of its queues. */
  get bytes(): number {
    return this.#queue.bytes + this.#removed.bytes + this.#expired.bytes + this.#known.bytes
  }

  /** How many changes in the log are unread. */
  get unread(): number {
    return (this.#end - this.#cursor) >>> 0
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

  /** The same, but without changes that are still in the log. */
  isQueued(client: ClientNumber): boolean {
    return this.#queue.has(client) || (this.#willScan(client) && !this.#known.has(client))
  }

  /** Queues the report of a client, if there is one, to be read or read again. */
  add(client: ClientNumber): void {
    if (this.#has(client)) this.#enqueue(client)
  }

  /** Drops the report of a client, which need not be read. */
  drop(client: ClientNumber): void {
    this.absorb()
    this.dropQueued(client)
  }

  /** The same, but without changes that are still in the log. */
  dropQueued(client: ClientNumber): void {
    this.#queue.delete(client)
    if (this.#willScan(client)) this.#known.add(client)
  }

  /** Starts again with the reports of all clients. */
  restart(): void {
    this.#clear()
    if (!this.#isCancelled) this.#scanEnd = this.#replica.clients
  }

  /** Takes the next client: changes first, then the table. */
  next(): ClientNumber | undefined {
    return this.nextChange() ?? this.nextOfTable()
  }

  /** Takes the next client whose report has changed. */
  nextChange(): ClientNumber | undefined {
    for (;;) {
      if (this.#queue.size === 0) this.absorb()
      const client = this.#queue.shift()
      // An own report may have been replaced by one of another server since it was queued.
      if (client === undefined || !this.#isOwnOnly || this.#replica.isOwn(client)) return client
    }
  }

  /**
   * Takes all clients whose reports have changed before the change `until`, straight from the log: a client may come more than once. Changes
   * that are not queued yet come with their route and sender, whether the policy selects them or not.
   */
  takeChanges(until: number, onChange: OnChange): void {
    const { log } = this.#replica
    for (let client = this.#queue.shift(); client !== undefined; client = this.#queue.shift())
      onChange(client, undefined, undefined)
    // A count above the size of the log is negative: the cursor is past `until` already.
    const count = (until - this.#cursor) >>> 0
    if (count > LOG_CHANGES || this.#isCancelled) return
    for (let left = count; left > 0; left -= 1) {
      const change = this.#cursor
      this.#cursor = (change + 1) >>> 0
      const client = log.client(change)
      if (this.#willScan(client)) this.#known.add(client)
      onChange(client, log.route(change), log.sender(change))
    }
  }

  /** Takes the next client of the part of the table that is still to be read. */
  nextOfTable(): ClientNumber | undefined {
    if (this.#scanFrom === this.#scanEnd) return undefined
    this.absorb()
    while (this.#scanFrom < this.#scanEnd) {
      const client = this.#scanFrom as ClientNumber
      this.#scanFrom += 1
      if (this.#known.delete(client) || !this.#has(client)) continue
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
   * Calls `onRemoved` with each client that was removed and has not reported since; its latest record is valid during the call. Returns false
   * if removals were lost because too many were unread. Then the follower starts again from the table, and a client that it does not give from
   * then on is gone.
   */
  readRemovals(onRemoved: (client: ClientNumber, why: Removal) => void): boolean {
    for (let client = this.#removed.shift(); client !== undefined; client = this.#removed.shift()) {
      if (!this.#has(client)) onRemoved(client, this.#expired.has(client) ? 'expired' : 'forgotten')
      this.#replica.unpin(client)
    }
    if (!this.#hasLostRemovals) return true
    this.#hasLostRemovals = false
    // Restart only now: clients that were read before this call would otherwise seem to be gone.
    this.restart()
    return false
  }

  /** Stops following and releases everything. */
  cancel(): void {
    this.#clear()
    this.#isCancelled = true
    this.#replica.leave(this)
    this.#dropRemovals()
  }

  /** Moves the unread changes from the log to the queue. */
  absorb(): void {
    const { log } = this.#replica
    while (this.#cursor !== this.#end) {
      const change = this.#cursor
      this.#cursor = (change + 1) >>> 0
      if (this.#selects(log, change)) this.#enqueue(log.client(change))
    }
  }

  /** Called by the replica when it has removed a client. */
  removed(client: ClientNumber, why: Removal): void {
    if (this.#isCancelled) return
    this.drop(client)
    const { onRemoved } = this.#policy
    if (onRemoved) {
      onRemoved(client, why)
      return
    }
    if (this.#hasLostRemovals) return
    if (why === 'expired') this.#expired.add(client)
    else this.#expired.delete(client)
    if (this.#removed.has(client)) return
    this.#removed.add(client)
    this.#replica.pin(client)
    if (this.#removed.size <= MAX_UNREAD_REMOVALS) return
    this.#dropRemovals()
    this.#hasLostRemovals = true
  }

  /** Called by the replica when it shows a client no longer, or again, since its cutoff has moved. */
  shown(client: ClientNumber): void {
    if (!this.#isCancelled) this.#policy.onShown?.(client)
  }

  /** The end of the unread changes in the log; a cancelled follower has none. */
  get #end(): number {
    return this.#isCancelled ? this.#cursor : this.#replica.log.end
  }

  #selects(log: ChangeLog, change: number): boolean {
    const { selects } = this.#policy
    return (
      !selects || selects(log.client(change), log.route(change), log.sender(change), log.arrivedAt(change))
    )
  }

  /** Whether there is anything to give of a client. */
  #has(client: ClientNumber): boolean {
    return this.followsForgets ? this.#replica.holds(client) : this.#replica.has(client)
  }

  /** Whether a client is in the part of the table that is still to be read. */
  #willScan(client: ClientNumber): boolean {
    return client >= this.#scanFrom && client < this.#scanEnd
  }

  /** Queues a client; if it is in the part of the table still to be read, it is not read from there as well. */
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

import { ClientQueue } from '../memory/client-queue.js'
import { ClientSet } from '../memory/client-set.js'
import type { ClientNumber } from '../memory/numbers.js'
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
   * Asked for each change, before it is queued: whether the follower wants it. `route` is how the report travels, `sender` the neighbour that
   * has sent it, if one has. By default all changes are wanted. It is not asked about reports that are read from the table.
   */
  readonly selects?: (client: ClientNumber, route: Route, sender: Neighbour | undefined) => boolean
  /** Called as soon as a client is removed, for a follower that keeps client numbers of its own. Then no removals are queued. */
  readonly onRemoved?: (client: ClientNumber) => void
}

/** What a follower needs of the replica that it follows. */
export interface FollowedReplica {
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
 */
export class Follower {
  readonly #replica: FollowedReplica
  readonly #policy: FollowPolicy
  readonly #changed = new ClientQueue()
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
    if (policy.from === 'all') this.restart()
  }

  /** How many clients are still to be read, at most. */
  get size(): number {
    return this.#changed.size + this.unscanned
  }

  /** How many changes are queued, without what is still to be read from the table. */
  get changes(): number {
    return this.#changed.size
  }

  /** How many clients are still to be read from the table, at most. */
  get unscanned(): number {
    return this.#scanEnd - this.#scanFrom - this.#known.size
  }

  /** Whether a client is still to be read. */
  has(client: ClientNumber): boolean {
    return this.#changed.has(client) || (this.#willScan(client) && !this.#known.has(client))
  }

  /** The report of a client is to be read, or to be read again, if there is one. */
  add(client: ClientNumber): void {
    if (this.#replica.has(client)) this.#queue(client)
  }

  /** The report of a client need not be read. */
  drop(client: ClientNumber): void {
    this.#changed.delete(client)
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

  /** Takes the next client whose report has changed. */
  nextChange(): ClientNumber | undefined {
    for (;;) {
      const client = this.#changed.shift()
      if (client === undefined || this.#isWanted(client)) return client
    }
  }

  /** Takes the next client of the part of the table that is still to be read. */
  nextOfTable(): ClientNumber | undefined {
    while (this.#scanFrom < this.#scanEnd) {
      const client = this.#scanFrom as ClientNumber
      this.#scanFrom += 1
      if (!this.#known.delete(client) && this.#replica.has(client) && this.#isWanted(client)) return client
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
      give(client)
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
    this.#isCancelled = true
    this.#replica.leave(this)
    this.#dropRemovals()
    this.#clear()
  }

  /** The replica has a new report of a client. */
  changed(client: ClientNumber, route: Route, sender: Neighbour | undefined): void {
    if (this.#isCancelled) return
    // Before anything is selected: the client is back, also when the follower does not want its report.
    if (this.#removed.delete(client)) this.#replica.unpin(client)
    const { selects, isOwnOnly } = this.#policy
    if (isOwnOnly && !this.#replica.isOwn(client)) return
    if (selects && !selects(client, route, sender)) return
    this.#queue(client)
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
    if (this.#hasLostRemovals) return
    this.#removed.add(client)
    this.#replica.pin(client)
    if (this.#removed.size <= MAX_UNREAD_REMOVALS) return
    this.#dropRemovals()
    this.#hasLostRemovals = true
  }

  /** Whether a client is in the part of the table that is still to be read. */
  #willScan(client: ClientNumber): boolean {
    return client >= this.#scanFrom && client < this.#scanEnd
  }

  /** A change does not wait for the table to be read. */
  #queue(client: ClientNumber): void {
    // It may have been cancelled while it selected the change.
    if (this.#isCancelled) return
    this.#changed.add(client)
    if (this.#willScan(client)) this.#known.add(client)
  }

  /** An own report may have been replaced by one of another server since it was queued. */
  #isWanted(client: ClientNumber): boolean {
    return this.#policy.isOwnOnly !== true || this.#replica.isOwn(client)
  }

  #clear(): void {
    while (this.#changed.shift() !== undefined);
    this.#known = new ClientSet()
    this.#scanFrom = 0
    this.#scanEnd = 0
  }

  #dropRemovals(): void {
    for (let client = this.#removed.shift(); client !== undefined; client = this.#removed.shift())
      this.#replica.unpin(client)
  }
}

import { ClientQueue } from '../memory/client-queue.js'
import { ClientSet } from '../memory/client-set.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { NeighbourKind } from '../protocol/greeting.js'
import type { SyncMessage } from '../protocol/sync.js'
import type { TreeMessage } from '../protocol/tree.js'
import type { Branch } from './branch.js'
import type { Comparison } from './comparison.js'
import type { Follower } from './follower.js'
import { LATE, type Route } from './origin.js'
import type { Part } from './outbox.js'
import type { Replica } from './replica.js'

/** A neighbour over the network, of this program or of another; or a server of the same process, with which it shares memory. */
export type LinkKind = NeighbourKind | 'local'

/** Takes what is to be sent to a neighbour, in order; messages are valid during the call only. */
export interface NeighbourSink {
  /** The report of a client. `isLate` tells that it got lost on its way, so that servers beyond the neighbour may lack it too. */
  report(client: ClientNumber, isLate: boolean): void
  sync(message: SyncMessage): void
  tree(message: TreeMessage): void
}

export interface NeighbourParts {
  readonly name: string
  readonly kind: LinkKind
  readonly replica: Replica
  readonly comparison: Comparison
  /** Undefined for a neighbour that knows nothing of trees. */
  readonly branch: Branch | undefined
}

/** A linked neighbour, and what it has still to be sent: however far it lags behind, a slot per client. */
export class Neighbour {
  readonly name: string
  readonly kind: LinkKind
  readonly comparison: Comparison
  readonly branch: Branch | undefined
  readonly #replica: Replica
  /** What is new; and the whole table, if the neighbour cannot compare. */
  readonly #news: Follower
  /** The clients whose reports it has missed, and that are not news: they are sent after what is new. */
  readonly #missed = new ClientQueue()
  /** Which reports are sent as late. */
  readonly #late = new ClientSet()
  /** How many reports it has been sent. */
  #sent = 0
  /**
   * WANT waits until it has been sent so many. What it is sent first often replaces a report that we would have asked for, and then it need
   * not send that.
   */
  #wantsAfter = 0

  constructor({ name, kind, replica, comparison, branch }: NeighbourParts) {
    this.name = name
    this.kind = kind
    this.comparison = comparison
    this.branch = branch
    this.#replica = replica
    this.#news = replica.follow({
      from: kind === 'proxyherd' ? 'now' : 'all',
      // A server of the same process sees at a glance what it has.
      mayRepeat: kind === 'local',
      selects:
        kind === 'local'
          ? (client, route, sender) => sender !== this && (route !== LATE || this.#holds(client))
          : (client, route, sender, arrivedAt) => this.#selects(client, route, sender, arrivedAt),
      onRemoved: (client) => {
        this.#forget(client)
      },
    })
  }

  /** How many clients it must still be sent, at most. */
  get pending(): number {
    return Math.min(this.#replica.table.size, this.#news.size + this.#missed.size)
  }

  /** Decides about all changes up to now, before it says something that makes a difference for later ones. */
  absorb(): void {
    this.#news.absorb()
  }

  /** Whether it has missed anything, or there is more of the table for it. */
  get hasRepairs(): boolean {
    return this.#missed.size > 0 || this.#news.unscanned > 0
  }

  /** Takes the next client whose report is new to it; see `Follower.nextChange`. */
  nextNews(until: number): ClientNumber | undefined {
    return this.#news.nextChange(until)
  }

  /** Takes the next client whose report it has missed. */
  nextRepair(): ClientNumber | undefined {
    return this.#missed.shift() ?? this.#news.nextOfTable()
  }

  /** Whether the report of a client is sent as late; it counts as sent. */
  takeLate(client: ClientNumber): boolean {
    return this.#late.size > 0 && this.#late.delete(client)
  }

  /** Takes in what it says of its table. */
  receiveSync(message: SyncMessage): void {
    this.comparison.receive(message)
    if (message.kind === 'have') this.#wantsAfter = this.#sent + this.#queued
  }

  /** Does a slice of what is to be compared; see `Comparison`. */
  work(count: number): void {
    if (this.comparison.work(count)) this.#wantsAfter = this.#sent + this.#queued
  }

  /** It lacks our report of a client, and servers beyond it may lack it too. */
  addMissedLate(client: ClientNumber): void {
    this.addMissed(client)
    if (this.kind !== 'plain') this.#late.add(client)
  }

  /** It lacks our report of a client. */
  addMissed(client: ClientNumber): void {
    this.absorb()
    this.#repair(client)
  }

  /** It has our report of a client. */
  markKnown(client: ClientNumber): void {
    this.#news.drop(client)
    this.#missed.delete(client)
    this.branch?.markKnown(client)
  }

  /** Whether there is anything to send to it. */
  get hasToSend(): boolean {
    const hasReports = this.#news.size > 0 || this.#missed.size > 0
    return hasReports || this.comparison.hasMessages || this.branch?.hasMessages === true
  }

  /** Gives at most `most` messages of a part, or of both, to send to it now, which count as sent; returns how many. */
  take(most: number, sink: NeighbourSink, part?: Part): number {
    let taken = 0
    if (part !== 'repairs') taken += this.#takeNews(most, sink)
    if (part !== 'news') taken += this.#takeRepairs(most - taken, sink)
    return taken
  }

  /** The link is down. */
  close(): void {
    this.#news.cancel()
  }

  /** Decides about a report that is new to us. */
  #selects(client: ClientNumber, route: Route, sender: Neighbour | undefined, arrivedAt: number): boolean {
    if (sender === this) {
      this.#news.dropQueued(client)
      this.#missed.delete(client)
      this.branch?.markKnown(client)
      return false
    }
    if (route === LATE) return this.#holds(client)
    // A server that lacks the older report gets this one.
    if (this.#late.size > 0) this.#late.delete(client)
    if (route && this.branch?.isPruned(route)) {
      this.branch.skip(client, route, arrivedAt)
      return false
    }
    if (this.#missed.size > 0) this.#missed.delete(client)
    return true
  }

  /** What is late is sent after what is new. */
  #holds(client: ClientNumber): false {
    this.#repair(client)
    if (this.kind !== 'plain') this.#late.add(client)
    return false
  }

  #repair(client: ClientNumber): void {
    if (!this.#news.isQueued(client)) this.#missed.add(client)
  }

  #forget(client: ClientNumber): void {
    this.#missed.delete(client)
    this.#late.delete(client)
    this.branch?.markKnown(client)
  }

  #takeNews(most: number, sink: NeighbourSink): number {
    let taken =
      this.branch?.take(most, (message) => {
        sink.tree(message)
      }) ?? 0
    for (; taken < most; taken += 1) {
      const client = this.#news.nextChange()
      if (client === undefined) break
      this.#send(client, sink)
    }
    return taken
  }

  #takeRepairs(most: number, sink: NeighbourSink): number {
    const mayWant = this.#mayWant
    let taken = this.#takeSync(most, mayWant, sink)
    for (; taken < most; taken += 1) {
      const client = this.nextRepair()
      if (client === undefined) break
      this.#send(client, sink)
    }
    return mayWant ? taken : taken + this.#takeSync(most - taken, this.#mayWant, sink)
  }

  #send(client: ClientNumber, sink: NeighbourSink): void {
    sink.report(client, this.takeLate(client))
    this.branch?.markKnown(client)
    this.#sent += 1
  }

  #takeSync(most: number, mayWant: boolean, sink: NeighbourSink): number {
    return this.comparison.take(most, mayWant, (message) => {
      sink.sync(message)
    })
  }

  /** Whether it may be asked for reports now. */
  get #mayWant(): boolean {
    return this.#sent >= this.#wantsAfter || this.#queued === 0
  }

  /** How many reports are queued for it, without what is still to be read from the table. */
  get #queued(): number {
    return this.#news.changes + this.#missed.size
  }
}

import type { ClientNumber } from '../memory/numbers.js'
import type { TreeMessage } from '../protocol/tree.js'
import type { Origin } from './origin.js'
import { UnsentHistory } from './unsent-history.js'

/** A neighbour's place in the trees: for each origin, whether it and we send each other that origin's reports. */
export class Branch {
  readonly neighbour: string
  /** How many beats a message from or to the neighbour may take. */
  delayBeats = 0
  /** Origins whose reports it has asked us not to send. */
  readonly #pruned = new Set<Origin>()
  /** Origins whose reports we have asked it not to send. */
  readonly #pruneSent = new Set<Origin>()
  /** Origins that it has sent GRAFT for, until a PRUNE or SEEN shows that it has their reports again. */
  readonly #awaiting = new Set<Origin>()
  /** The messages that are due, one per origin: a later one replaces an earlier one. */
  readonly #due = new Map<Origin, TreeMessage['kind']>()
  /** By origin, the time up to which both of us have seen its reports. */
  readonly #seenByBoth = new Map<Origin, number>()
  readonly #unsent = new UnsentHistory()

  constructor(neighbour: string) {
    this.neighbour = neighbour
  }

  /** The bytes of what it remembers of clients. */
  get bytes(): number {
    return this.#unsent.bytes
  }

  /** Whether it has asked us not to send an origin's reports, since it gets them from another server. */
  isPruned(origin: Origin): boolean {
    return this.#pruned.has(origin)
  }

  /** Whether it has asked for an origin's reports and has not shown yet that it has them again. */
  isAwaiting(origin: Origin): boolean {
    return this.#awaiting.has(origin)
  }

  /** Remembers that the newest report of an origin, which is news to us, is not sent to it. */
  noteUnsent(client: ClientNumber, origin: Origin, arrivedAt: number): void {
    this.#unsent.add(client, origin, arrivedAt)
  }

  /** Notes that it knows our report of a client. */
  markKnown(client: ClientNumber): void {
    this.#unsent.markKnown(client)
  }

  /** Asks it, once, not to send us an origin's reports. */
  prune(origin: Origin): void {
    if (this.#pruneSent.has(origin)) return
    this.#pruneSent.add(origin)
    this.#due.set(origin, 'prune')
  }

  /** Asks it to send us an origin's reports. */
  graft(origin: Origin): void {
    this.#pruneSent.delete(origin)
    this.#due.set(origin, 'graft')
  }

  /** The neighbour asks us not to send it an origin's reports. */
  receivePrune(origin: Origin): void {
    this.#pruned.add(origin)
    this.#awaiting.delete(origin)
  }

  /**
   * The neighbour asks us to send it an origin's reports, including those that arrived there at `since` or later. Calls `onClient` with each
   * client whose report it was not sent; returns whether these are all.
   */
  receiveGraft(origin: Origin, since: number, onClient: (client: ClientNumber) => void): boolean {
    this.#pruned.delete(origin)
    this.#awaiting.add(origin)
    return this.#unsent.takeSince(origin, since, onClient)
  }

  /** The neighbour announces that it has seen the reports of an origin up to a time. */
  receiveSeen(origin: Origin, at: number): void {
    this.#awaiting.delete(origin)
    this.#noteSeen(origin, at)
  }

  /** Announces what has come from an origin to a neighbour that has not pruned it and was not sent all of that. */
  announce(origin: Origin): void {
    if (this.#isBehind(origin) && !this.#due.has(origin)) this.#due.set(origin, 'seen')
  }

  /** Called on each beat: announces what has come from the origins that it has pruned. */
  beat(): void {
    for (const origin of this.#pruned) this.announce(origin)
  }

  /** Whether any messages are due. */
  get hasMessages(): boolean {
    return this.#due.size > 0
  }

  /** Calls `send` with at most `most` of the messages that are due; returns how many. */
  take(most: number, send: (message: TreeMessage) => void): number {
    let taken = 0
    for (const [origin, kind] of this.#due) {
      if (taken === most) break
      this.#due.delete(origin)
      if (kind === 'seen' && !this.#isBehind(origin)) continue
      if (kind === 'seen') this.#noteSeen(origin, origin.seen)
      const { name, seen, fromParent } = origin
      send(
        kind === 'prune'
          ? { kind, origin: name }
          : { kind, origin: name, at: kind === 'graft' ? fromParent : seen },
      )
      taken += 1
    }
    return taken
  }

  #noteSeen(origin: Origin, at: number): void {
    if (at > this.#seenByBothOf(origin)) this.#seenByBoth.set(origin, at)
  }

  /** Whether we have seen later reports of an origin than it has, as far as we know. */
  #isBehind(origin: Origin): boolean {
    return origin.seen > this.#seenByBothOf(origin)
  }

  #seenByBothOf(origin: Origin): number {
    return this.#seenByBoth.get(origin) ?? 0
  }
}

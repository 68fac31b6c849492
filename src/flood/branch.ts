import type { ClientNumber } from '../memory/numbers.js'
import type { TreeMessage } from '../protocol/tree.js'
import type { Origin } from './origin.js'
import { UnsentHistory } from './unsent-history.js'

/** One neighbour, and what it and we have agreed to tell each other of the reports of which origin. */
export class Branch {
  readonly neighbour: string
  /** For how many beats a message from there, or to it, may be under way. */
  delayBeats = 0
  /** Whose reports it has asked us not to tell, and those that we have asked it not to tell. */
  readonly #pruned = new Set<Origin>()
  readonly #asked = new Set<Origin>()
  /** Whose reports it has asked for, and not shown since that it has them. */
  readonly #sought = new Set<Origin>()
  /** What it must still be told of origins; the last word counts. */
  readonly #words = new Map<Origin, TreeMessage['kind']>()
  /** Up to when both of us have seen the reports of an origin. */
  readonly #shared = new Map<Origin, number>()
  readonly #owed = new UnsentHistory()

  constructor(neighbour: string) {
    this.neighbour = neighbour
  }

  /** Whether it hears an origin's reports from another. */
  isPruned(origin: Origin): boolean {
    return this.#pruned.has(origin)
  }

  /** Whether it has asked for an origin's reports, and not shown yet that it has them again. */
  isAwaiting(origin: Origin): boolean {
    return this.#sought.has(origin)
  }

  /** It is not told of a report that is news to us, the last that has come of an origin. */
  noteUnsent(client: ClientNumber, origin: Origin, arrivedAt: number): void {
    this.#owed.add(client, origin, arrivedAt)
  }

  /** It knows our report of a client. */
  knows(client: ClientNumber): void {
    this.#owed.knows(client)
  }

  /** It shall not tell us an origin's reports. */
  prune(origin: Origin): void {
    if (this.#asked.has(origin)) return
    this.#asked.add(origin)
    this.#words.set(origin, 'prune')
  }

  /** It shall tell us an origin's reports. */
  graft(origin: Origin): void {
    this.#asked.delete(origin)
    this.#words.set(origin, 'graft')
  }

  /** It asks us not to tell it an origin's reports. */
  isAskedToPrune(origin: Origin): void {
    this.#pruned.add(origin)
    this.#sought.delete(origin)
  }

  /**
   * It asks us to tell it an origin's reports, those too that were heard there since some time. The clients of those are given to `tell`;
   * gives whether these are all that it was not told.
   */
  isAskedToGraft(origin: Origin, since: number, tell: (client: ClientNumber) => void): boolean {
    this.#pruned.delete(origin)
    this.#sought.add(origin)
    return this.#owed.give(origin, since, tell)
  }

  /** It says that it has seen the reports of an origin up to some time. */
  hasSeen(origin: Origin, at: number): void {
    this.#sought.delete(origin)
    this.#sees(origin, at)
  }

  /** Time goes on, and what it is not told is announced. */
  beat(): void {
    for (const origin of this.#pruned)
      if (this.#isBehind(origin) && !this.#words.has(origin)) this.#words.set(origin, 'seen')
  }

  /** Whether there is anything to say. */
  get hasMessages(): boolean {
    return this.#words.size > 0
  }

  /** Gives at most `most` messages to say now; returns how many. */
  take(most: number, say: (message: TreeMessage) => void): number {
    let taken = 0
    for (const [origin, kind] of this.#words) {
      if (taken === most) break
      this.#words.delete(origin)
      if (kind === 'seen' && !this.#isBehind(origin)) continue
      if (kind === 'seen') this.#sees(origin, origin.seen)
      const { name, seen, brought } = origin
      say(
        kind === 'prune'
          ? { kind, origin: name }
          : { kind, origin: name, at: kind === 'graft' ? brought : seen },
      )
      taken += 1
    }
    return taken
  }

  #sees(origin: Origin, at: number): void {
    if (at > this.#sharedOf(origin)) this.#shared.set(origin, at)
  }

  /** Whether we have seen more of an origin than it knows. */
  #isBehind(origin: Origin): boolean {
    return origin.seen > this.#sharedOf(origin)
  }

  #sharedOf(origin: Origin): number {
    return this.#shared.get(origin) ?? 0
  }
}

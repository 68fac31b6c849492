import type { TreeMessage } from '../protocol/tree.js'
import { ClientQueue } from './client-queue.js'
import type { Origin } from './origin.js'

/** For how many beats what a neighbour asked not to be told is remembered at least, in case it misses it after all. */
const OWED_BEATS = 10

/** What a neighbour was not told in some beats. */
interface Owed {
  readonly clients: ClientQueue
  /** From when on, by the clocks of the origins whose reports it did not want already. */
  readonly since: Map<Origin, number>
}

/** One neighbour, and what it and we have agreed to tell each other of the reports of which origin. */
export class Branch {
  readonly neighbour: string
  /** Whose reports it has asked us not to tell, and those that we have asked it not to tell. */
  readonly #pruned = new Set<Origin>()
  readonly #asked = new Set<Origin>()
  /** What it must still be told of origins; the last word counts. */
  readonly #words = new Map<Origin, TreeMessage['kind']>()
  /** Up to when both of us have seen the reports of an origin. */
  readonly #shared = new Map<Origin, number>()
  #owed: Owed = { clients: new ClientQueue(), since: new Map() }
  /** The same of the beats before; let go of when the younger takes its place. */
  #owedBefore: Owed = { clients: new ClientQueue(), since: new Map() }
  #beats = 0

  constructor(neighbour: string) {
    this.neighbour = neighbour
  }

  /** Whether it hears an origin's reports from another. */
  isPruned(origin: Origin): boolean {
    return this.#pruned.has(origin)
  }

  /** It is not told of a report that is news to us. */
  owe(client: number): void {
    this.#owed.clients.add(client)
  }

  /** It knows our report of a client. */
  knows(client: number): void {
    this.#owed.clients.delete(client)
    this.#owedBefore.clients.delete(client)
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
  }

  /**
   * It asks us to tell it an origin's reports, of which it has seen those up to some time. `tell` is given the clients of whose reports it
   * was not told, and gives whether that is one it asks for. Gives whether these are all.
   */
  isAskedToGraft(origin: Origin, at: number, tell: (client: number) => boolean): boolean {
    // What came before it asked us not to it was told.
    const since = this.#owedBefore.since.get(origin) ?? 0
    this.#pruned.delete(origin)
    for (const { clients } of [this.#owedBefore, this.#owed])
      for (let left = clients.size; left > 0; left -= 1) {
        const client = clients.shift() as number
        if (!tell(client)) clients.add(client)
      }
    return since <= at
  }

  /** It has seen the reports of an origin up to some time. */
  sees(origin: Origin, at: number): void {
    if (at > this.#sharedOf(origin)) this.#shared.set(origin, at)
  }

  /** Time goes on; gives whether anything is left that needs it to. */
  beat(): boolean {
    for (const origin of this.#pruned)
      if (this.#isBehind(origin) && !this.#words.has(origin)) this.#words.set(origin, 'seen')
    this.#beats += 1
    if (this.#beats % OWED_BEATS === 0) {
      this.#owedBefore = this.#owed
      const since = new Map(Array.from(this.#pruned, (origin) => [origin, origin.seen]))
      this.#owed = { clients: new ClientQueue(), since }
    }
    return this.#owed.clients.size + this.#owedBefore.clients.size > 0
  }

  /** Whether there is anything to say. */
  get hasToSay(): boolean {
    return this.#words.size > 0
  }

  /** Gives at most `most` messages to say now; returns how many. */
  take(most: number, say: (message: TreeMessage) => void): number {
    let taken = 0
    for (const [origin, kind] of this.#words) {
      if (taken === most) break
      this.#words.delete(origin)
      if (kind === 'seen' && !this.#isBehind(origin)) continue
      if (kind === 'seen') this.sees(origin, origin.seen)
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

  /** Whether we have seen more of an origin than it knows. */
  #isBehind(origin: Origin): boolean {
    return origin.seen > this.#sharedOf(origin)
  }

  #sharedOf(origin: Origin): number {
    return this.#shared.get(origin) ?? 0
  }
}

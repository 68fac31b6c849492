import { ClientSet } from '../memory/client-set.js'
import { grow } from '../memory/grow.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { Origin } from './origin.js'

/** Of so many reports at most it is remembered that a neighbour was not told: about a second's of a busy herd. */
export const MAX_UNSENT = 65_536

/** What a neighbour was not told, since it asked not to be: of which client, of which origin, and when that heard it. The oldest is forgotten. */
export class UnsentHistory {
  #clients = new Uint32Array(64)
  /** Their numbers. */
  #origins = new Uint16Array(64)
  #times = new Float64Array(64)
  /** How many there have been; the next takes the place of that many less `MAX_OWED`. */
  #count = 0
  /** Whose newest report it does not know, as far as we do. */
  readonly #unknown = new ClientSet()
  /** When the latest report of an origin was heard that is forgotten, by the origin's number. */
  readonly #forgotten = new Map<number, number>()

  /** It is not told of a report that is news to us, the newest that has come of an origin. */
  add(client: ClientNumber, origin: Origin, arrivedAt: number): void {
    const at = this.#count % MAX_UNSENT
    if (this.#count >= MAX_UNSENT) this.#forget(this.#origins[at] as number, this.#times[at] as number)
    else this.#grow(this.#count + 1)
    this.#clients[at] = client
    this.#origins[at] = origin.number
    this.#times[at] = arrivedAt
    this.#count += 1
    this.#unknown.add(client)
  }

  /** It knows our newest report of a client. */
  knows(client: ClientNumber): void {
    this.#unknown.delete(client)
  }

  /** Gives the clients of whose reports it does not know, of an origin, and heard there at some time or later; and whether these are all. */
  give(origin: Origin, since: number, give: (client: ClientNumber) => void): boolean {
    for (let at = Math.max(0, this.#count - MAX_UNSENT); at < this.#count; at += 1) {
      const place = at % MAX_UNSENT
      const client = this.#clients[place] as ClientNumber
      const isAsked = this.#origins[place] === origin.number && (this.#times[place] as number) >= since
      if (isAsked && this.#unknown.delete(client)) give(client)
    }
    return since > this.#forgottenOf(origin.number)
  }

  #grow(length: number): void {
    this.#clients = grow(this.#clients, length)
    this.#origins = grow(this.#origins, length)
    this.#times = grow(this.#times, length)
  }

  #forget(origin: number, at: number): void {
    this.#forgotten.set(origin, Math.max(at, this.#forgottenOf(origin)))
  }

  #forgottenOf(origin: number): number {
    return this.#forgotten.get(origin) ?? -1
  }
}

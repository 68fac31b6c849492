import { ClientSet } from '../memory/client-set.js'
import { grow } from '../memory/grow.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { Origin } from './origin.js'

/** The most reports per neighbour that are remembered as not sent to it: about one second of a busy herd. */
export const MAX_UNSENT = 65_536

/**
 * The reports that a neighbour was not sent because it had pruned their origin: for each the client, the origin, and when the report arrived
 * there. The oldest are forgotten.
 */
export class UnsentHistory {
  #clients = new Uint32Array(64)
  /** The numbers of the origins. */
  #origins = new Uint16Array(64)
  #times = new Float64Array(64)
  /** How many reports were ever added. The three arrays are rings of `MAX_UNSENT`. */
  #count = 0
  /** The clients whose newest report the neighbour lacks, as far as we know. */
  readonly #unknown = new ClientSet()
  /** By the number of an origin, the latest arrival time of a report that is forgotten. */
  readonly #forgotten = new Map<number, number>()

  /** The bytes of its arrays. */
  get bytes(): number {
    const arrays = this.#clients.byteLength + this.#origins.byteLength + this.#times.byteLength
    return arrays + this.#unknown.bytes
  }

  /** Remembers that a report, the newest that has come from an origin, is not sent. */
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

  /** Notes that the neighbour knows our newest report of a client. */
  markKnown(client: ClientNumber): void {
    this.#unknown.delete(client)
  }

  /**
   * Takes out the unsent reports of an origin that arrived there at `since` or later, and calls `onClient` for those that the neighbour still
   * lacks. Returns false if some were forgotten.
   */
  takeSince(origin: Origin, since: number, onClient: (client: ClientNumber) => void): boolean {
    for (let at = Math.max(0, this.#count - MAX_UNSENT); at < this.#count; at += 1) {
      const place = at % MAX_UNSENT
      const client = this.#clients[place] as ClientNumber
      const isWanted = this.#origins[place] === origin.number && (this.#times[place] as number) >= since
      if (isWanted && this.#unknown.delete(client)) onClient(client)
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

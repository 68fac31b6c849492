import type { ClientNumber } from '../memory/numbers.js'
import type { Neighbour } from './neighbour.js'
import type { Route } from './origin.js'

/** The number of changes that are kept: as many as come in most ticks, and few enough to stay in the processor's caches. A power of two. */
export const LOG_CHANGES = 1_024

const MASK = LOG_CHANGES - 1

/**
 * The latest changes of a replica, in order, each with its report's route and the neighbour that has sent it. All followers read the same
 * log, so that recording a change costs the same however many there are. Changes are numbered; the numbers have 32 bits and wrap to 0.
 */
export class ChangeLog {
  readonly #clients = new Uint32Array(LOG_CHANGES)
  readonly #times = new Float64Array(LOG_CHANGES)
  readonly #routes = new Array<Route>(LOG_CHANGES).fill(undefined)
  readonly #senders = new Array<Neighbour | undefined>(LOG_CHANGES).fill(undefined)
  /** The number of the next change. */
  end = 0

  /** Adds a change, which overwrites the one `LOG_CHANGES` before it. */
  append(client: ClientNumber, route: Route, sender: Neighbour | undefined): void {
    const at = this.end & MASK
    this.#clients[at] = client
    this.#routes[at] = route
    this.#senders[at] = sender
    if (typeof route === 'object') this.#times[at] = route.latest
    this.end = (this.end + 1) >>> 0
  }

  client(change: number): ClientNumber {
    return this.#clients[change & MASK] as ClientNumber
  }

  route(change: number): Route {
    return this.#routes[change & MASK]
  }

  sender(change: number): Neighbour | undefined {
    return this.#senders[change & MASK]
  }

  /** When the report arrived at its origin, if its route is a tree. */
  arrivedAt(change: number): number {
    return this.#times[change & MASK] as number
  }
}

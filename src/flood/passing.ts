import type { ClientNumber } from '../memory/numbers.js'
import type { Expiry } from './expiry.js'
import type { Neighbour } from './neighbour.js'
import type { Neighbours } from './neighbours.js'
import { LATE, SAME_PROCESS, type Route } from './origin.js'
import { FROM_DISK, type Change } from './change.js'
import type { Replica } from './replica.js'
import type { Trees } from './trees.js'

/** One of two servers of a process, which share the memory. */
export interface PassingEnd {
  readonly server: string
  readonly replica: Replica
  readonly neighbours: Neighbours
  readonly trees: Trees
  readonly expiry: Expiry
}

// One object serves all reports that are passed, since nothing keeps it.
const local: { -readonly [Key in keyof Change]: Change[Key] } = { ...FROM_DISK }

/** Passes reports from a server to another one of the process, without copies. */
export class Passing {
  readonly #from: PassingEnd
  readonly #to: PassingEnd
  readonly #receiver: Neighbour | undefined
  readonly #sender: Neighbour | undefined
  readonly #onNews: (client: ClientNumber) => void

  /** `onNews` is called with each client whose report is news. Nothing is passed unless the servers are linked. */
  constructor(from: PassingEnd, to: PassingEnd, onNews: (client: ClientNumber) => void) {
    this.#from = from
    this.#to = to
    this.#receiver = from.neighbours.named(to.server)
    this.#sender = to.neighbours.named(from.server)
    this.#onNews = onNews
  }

  /** Passes the changes before `until`. Returns how many reports were passed. */
  news(until: number): number {
    const receiver = this.#receiver
    let count = 0
    receiver?.takeChanges(until, (client, route, source) => {
      if (source === receiver) return
      count += 1
      this.#pass(client, receiver.takeLate(client) || route === LATE)
    })
    return count
  }

  /** Does the same for at most `most` of the reports that were missed. */
  repairs(most: number): number {
    const receiver = this.#receiver
    let count = 0
    for (; receiver && count < most; count += 1) {
      const client = receiver.nextRepair()
      if (client === undefined) break
      this.#pass(client, receiver.takeLate(client))
    }
    return count
  }

  #pass(client: ClientNumber, isLate: boolean): void {
    const [from, to] = [this.#from.replica, this.#to.replica]
    const record = from.table.get(client)
    if (to.isTooOld(record)) return
    // What has expired must not win by its generation until it is dropped.
    if (to.table.cutoff.cutoff > 0 && !(from.isPlain(client) && to.isPlain(client)))
      to.table.dropIfExpired(client)
    if (!to.isNews(client, record)) return
    const count = from.countOf(client)
    local.route = isLate ? LATE : this.#routeOf(client, count)
    local.sender = this.#sender
    local.count = count
    to.put(client, record, local)
    this.#onNews(client)
  }

  #routeOf(client: ClientNumber, count: number | undefined): Route {
    const { trees } = this.#to
    if (trees.isEmpty) return undefined
    const route = trees.receive(this.#from.replica.reportOf(client), SAME_PROCESS, count)
    if (typeof route === 'object') trees.updateParent(route, SAME_PROCESS, true)
    return route
  }
}

import type { ClientNumber } from '../memory/numbers.js'
import type { Neighbour } from './neighbour.js'
import { LATE, SAME_PROCESS, type Route } from './origin.js'
import { FROM_DISK, type Change, type Replica } from './replica.js'
import type { Trees } from './trees.js'

/** Passes the reports of one server to others of its process, which share its memory, without copies. */
export class LocalPassing {
  readonly #replica: Replica
  readonly #trees: Trees

  /** `replica` and `trees` are those of the server. */
  constructor(replica: Replica, trees: Trees) {
    this.#replica = replica
    this.#trees = trees
  }

  /**
   * Passes the changes before `until` to the server `to`; `neighbour` is what we keep for it, and `sender` what it keeps for us. Calls `onNews`
   * with each client whose report is news there; returns how many reports were passed.
   */
  passNews(
    { to, neighbour, sender }: LocalLink,
    until: number,
    onNews: (client: ClientNumber) => void,
  ): number {
    let count = 0
    neighbour.takeChanges(until, (client, route, from) => {
      if (from === neighbour) return
      count += 1
      const isLate = neighbour.takeLate(client) || route === LATE
      if (to.#receive(this.#replica, sender, client, isLate)) onNews(client)
    })
    return count
  }

  /** Does the same for at most `most` of the reports that the neighbour has missed. */
  passRepairs(
    { to, neighbour, sender }: LocalLink,
    most: number,
    onNews: (client: ClientNumber) => void,
  ): number {
    let count = 0
    for (; count < most; count += 1) {
      const client = neighbour.nextRepair()
      if (client === undefined) break
      const isLate = neighbour.takeLate(client)
      if (to.#receive(this.#replica, sender, client, isLate)) onNews(client)
    }
    return count
  }

  /** Takes over a client's report from the replica of another server of the process; returns whether it is news. */
  #receive(from: Replica, sender: Neighbour | undefined, client: ClientNumber, isLate: boolean): boolean {
    const record = from.table.get(client)
    if (this.#replica.isTooOld(record) || !this.#replica.isNews(client, record)) return false
    const count = from.countOf(client)
    local.route = isLate ? LATE : this.#route(from, client, count)
    local.sender = sender
    local.count = count
    this.#replica.put(client, record, local)
    return true
  }

  #route(from: Replica, client: ClientNumber, count: number | undefined): Route {
    if (this.#trees.isEmpty) return undefined
    const route = this.#trees.receive(from.reportOf(client), SAME_PROCESS, count)
    if (typeof route === 'object') this.#trees.updateParent(route, SAME_PROCESS, true)
    return route
  }
}

/** A link between two servers of one process, seen from one of them. */
interface LocalLink {
  readonly to: LocalPassing
  readonly neighbour: Neighbour
  readonly sender: Neighbour | undefined
}

// One object serves all reports that are passed within a process, since nothing keeps it.
const local: { -readonly [Key in keyof Change]: Change[Key] } = { ...FROM_DISK }

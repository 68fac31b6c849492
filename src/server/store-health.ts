import type { LinkStatus, StoreStatus } from '../protocol/status.js'
import type { ReportStore } from './server-options.js'

/** How safe a server's reports are, as `STATUS` reports it. */
export class StoreHealth {
  readonly #commitsFirst: boolean
  /** Whether what was lost on disk has come back from a neighbour. */
  #isHealed = false

  /** `commitsFirst` says that a client gets its reply only after its report is safe on disk. */
  constructor(commitsFirst = false) {
    this.#commitsFirst = commitsFirst
  }

  /** `store` is undefined if reports are in memory only. */
  status(store: ReportStore | undefined, links: readonly LinkStatus[]): StoreStatus {
    if (!store) return { durability: 'memory', unsaved: 0, lost: 0 }
    const { unsaved, fault, lost } = store.status
    this.#isHealed ||= links.some((link) => link.state === 'up' && link.lastComparison?.equal === true)
    const durability = fault !== undefined ? 'memory' : this.#commitsFirst ? 'commit' : 'second'
    return { durability, unsaved, lost: this.#isHealed ? 0 : lost, ...(fault !== undefined && { fault }) }
  }
}

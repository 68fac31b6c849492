import { expiryTime } from '../protocol/expiry-time.js'
import type { Report } from '../protocol/report.js'
import type { Statement } from '../protocol/statement.js'
import type { LinkExpiry } from '../protocol/status.js'
import type { Change } from './change.js'
import type { Cutoff } from './cutoff.js'
import type { Neighbours } from './neighbours.js'
import type { Table } from './table.js'

/**
 * Which reports of a server have expired: those older than its cutoff, which its clock moves. They are gone at once for all who ask, and
 * dropped in slices. Nothing is compared with or sent to a neighbour that it has dropped.
 */
export class Expiry {
  readonly #table: Table
  readonly #neighbours: Neighbours
  /** How many reports have come that had expired already. */
  refused = 0

  /** `neighbours` is what is kept for the neighbours that are linked, at any time. */
  constructor(table: Table, neighbours: Neighbours) {
    this.#table = table
    this.#neighbours = neighbours
  }

  get cutoff(): Cutoff {
    return this.#table.cutoff
  }

  /** How many clients were dropped because their reports had expired. */
  get dropped(): number {
    return this.#table.expired
  }

  /** Moves the cutoff. When the clock was set back it becomes earlier, and neighbours may have what was dropped too soon. */
  moveCutoff(cutoff: Cutoff): void {
    const isEarlier = cutoff.cutoff < this.cutoff.cutoff
    this.#table.moveCutoff(cutoff)
    if (isEarlier) for (const { branch, comparison } of this.#neighbours) if (branch) comparison.begin()
  }

  /** Whether a statement that has come has expired already; `rule` says what generation it is of. Counts it then. */
  refuses(report: Report | Statement, rule: Change['generation']): boolean {
    const { cutoff } = this.cutoff
    if (
      cutoff === 0 ||
      expiryTime(report, rule === 'stated' ? (report as Statement).generation : 0) >= cutoff
    )
      return false
    this.refused += 1
    return true
  }

  /** The cutoff of a linked neighbour, if one of the two has one and that of the neighbour is known. */
  ofNeighbour(name: string): LinkExpiry | undefined {
    const range = this.#neighbours.named(name)?.comparison.range
    if (range?.isFarApart === undefined || (this.cutoff.step === 0 && range.theirs.step === 0))
      return undefined
    const { cutoff, step } = range.theirs
    return { cutoff, step, differs: range.isFarApart }
  }
}

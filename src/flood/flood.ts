import type { Report } from '../protocol/report.js'
import { isNewer } from './newer.js'

/** What hearing a report comes to: news is to be told to the linked neighbours in `tell`; what is known already stops here. */
export type Heard = { readonly kind: 'news'; readonly tell: readonly string[] } | { readonly kind: 'known' }

const KNOWN: Heard = { kind: 'known' }

/**
 * What one server knows and whom it must tell: the table of the newest report of each client, and for each linked
 * neighbour the clients of which it has still to be told. It decides only; what it gives back, others carry out.
 */
export class Flood {
  readonly #table = new Map<string, Report>()
  // By neighbour, then by client: however far a neighbour lags behind, it costs one entry a client, and when it is
  // ready it gets the newest report of each.
  readonly #pending = new Map<string, Map<string, Report>>()

  /** How many clients are known. */
  get size(): number {
    return this.#table.size
  }

  /** The newest report of a client, or undefined if none was heard. */
  get(client: string): Report | undefined {
    return this.#table.get(client)
  }

  /** The newest report of every client, in no promised order. */
  reports(): IterableIterator<Report> {
    return this.#table.values()
  }

  /** Takes in a report from a client (no `from`) or from a neighbour. News travels, repetition stops. */
  hear(report: Report, from?: string): Heard {
    const { client } = report
    const known = this.#table.get(client)
    if (known && !isNewer(report, known)) {
      // It told us the very report that we have, so it need not be told.
      if (from !== undefined && known.line === report.line) this.#pending.get(from)?.delete(client)
      return KNOWN
    }
    this.#table.set(client, report)
    const tell: string[] = []
    for (const [neighbour, pending] of this.#pending) {
      // Not back to the sender: it told us, so it knows.
      if (neighbour === from) pending.delete(client)
      else {
        pending.set(client, report)
        tell.push(neighbour)
      }
    }
    return { kind: 'news', tell }
  }

  /** A link to a neighbour came up. Whatever either side missed while it was down, each replays all it knows. */
  linkUp(neighbour: string): void {
    this.#pending.set(neighbour, new Map(this.#table))
  }

  /** A link is down: nothing is kept for the neighbour, because all is replayed when it is back. */
  linkDown(neighbour: string): void {
    this.#pending.delete(neighbour)
  }

  /** How many clients a neighbour must still be told of; 0 for one that is not linked. */
  pending(neighbour: string): number {
    return this.#pending.get(neighbour)?.size ?? 0
  }

  /** At most `most` reports to send to a neighbour now; they count as told. */
  take(neighbour: string, most: number): Report[] {
    const reports: Report[] = []
    const pending = this.#pending.get(neighbour)
    for (const [client, report] of pending ?? []) {
      if (reports.length === most) break
      pending?.delete(client)
      reports.push(report)
    }
    return reports
  }
}

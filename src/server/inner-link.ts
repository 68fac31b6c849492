import type { Log } from '../log/file.js'
import type { LinkStanding } from '../net/link.js'
import type { Report } from '../protocol/report.js'
import type { Relay } from './relay.js'

/** A server, as its neighbours in the same process see it. */
export interface Colleague {
  readonly name: string
  readonly log: Log
  /** The digest of all that it knows. */
  digest(): string
  /** Whether a report would be news to it. */
  lacks(report: Report): boolean
  /** Takes in a report that a neighbour has told. */
  hear(report: Report, from: string): void
}

/** What one end of a link has told the other. */
interface Told {
  lastAt: number
  bytes: number
}

/**
 * A link between two servers of one process: it is always up, and what is told is heard before anything else is done, with neither sockets nor copies. It is
 * logged as on any link.
 */
export class InnerLink {
  readonly #ends: readonly [Colleague, Colleague]
  readonly #relay: Relay
  readonly #upAt = performance.now()
  readonly #told: readonly [Told, Told] = [
    { lastAt: this.#upAt, bytes: 0 },
    { lastAt: this.#upAt, bytes: 0 },
  ]

  constructor(one: Colleague, other: Colleague, relay: Relay) {
    this.#ends = [one, other]
    this.#relay = relay
  }

  /** The name of the other end. */
  neighbourOf(server: string): string {
    const [one, other] = this.#ends
    return server === one.name ? other.name : one.name
  }

  /** One of the two is to tell the other a report, when what waits is delivered. */
  tell(server: string, report: Report): void {
    this.#relay.tell(this, server, report)
  }

  /** Delivers all that waits on this link and on all others of its process. */
  drain(): void {
    this.#relay.drain()
  }

  /** Tells the other end a report, unless it knows it already. */
  deliver(server: string, report: Report): void {
    const end = this.#endOf(server)
    const from = this.#ends[end]
    const to = this.#ends[1 - end] as Colleague
    if (!to.lacks(report)) return
    const told = this.#told[end]
    const { line } = report
    told.lastAt = performance.now()
    told.bytes += line.length + 1
    from.log.write({ kind: 'out', peer: 'neighbour', who: to.name, line })
    to.log.write({ kind: 'in', peer: 'neighbour', who: from.name, line })
    to.hear(report, from.name)
  }

  /** How the link stands, seen from one of its ends. */
  standing(server: string): LinkStanding {
    const end = this.#endOf(server)
    const [sent, received] = [this.#told[end], this.#told[1 - end] as Told]
    const now = performance.now()
    return {
      kind: 'proxyherd',
      upMs: now - this.#upAt,
      lastHeardMsAgo: now - received.lastAt,
      sentBytes: sent.bytes,
      receivedBytes: received.bytes,
    }
  }

  /** Whether the digests of its ends are equal. */
  inSync(): boolean {
    const [one, other] = this.#ends
    return one.digest() === other.digest()
  }

  #endOf(server: string): 0 | 1 {
    return server === this.#ends[0].name ? 0 : 1
  }
}

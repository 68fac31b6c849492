import type { Flood } from '../flood/flood.js'
import type { Log } from '../log/log.js'
import type { LinkStanding } from '../net/link-options.js'

/** A server, as its neighbours in the same process see it. */
export interface Colleague {
  readonly name: string
  readonly log: Log
  readonly flood: Flood
}

/** What one end of a link has told the other. */
interface Told {
  bytes: number
  /** When it last had in a turn, and how many bytes it had told by then. */
  lastAt: number
  bytesThen: number
}

/**
 * A link between two servers of one process: it is always up, and what is told is heard at once, with neither sockets nor copies. It is
 * logged as on any link.
 */
export class InnerLink {
  readonly #ends: readonly [Colleague, Colleague]
  readonly #upAt = performance.now()
  readonly #told: readonly [Told, Told] = [
    { bytes: 0, lastAt: this.#upAt, bytesThen: 0 },
    { bytes: 0, lastAt: this.#upAt, bytesThen: 0 },
  ]

  constructor(one: Colleague, other: Colleague) {
    this.#ends = [one, other]
    this.#link(0)
    this.#link(1)
  }

  /** The name of the other end. */
  neighbourOf(server: string): string {
    const [one, other] = this.#ends
    return server === one.name ? other.name : one.name
  }

  /** How the link stands, seen from one of its ends. */
  standing(server: string): LinkStanding {
    const end = server === this.#ends[0].name ? 0 : 1
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

  /** The turn is over. To ask for the time whenever something is told takes longer than to tell it. */
  turnOver(): void {
    for (const told of this.#told) {
      if (told.bytes === told.bytesThen) continue
      told.lastAt = performance.now()
      told.bytesThen = told.bytes
    }
  }

  /** Whether the digests of its ends are equal. */
  inSync(): boolean {
    const [one, other] = this.#ends
    return one.flood.digest === other.flood.digest
  }

  #link(end: 0 | 1): void {
    const from = this.#ends[end]
    const to = this.#ends[1 - end] as Colleague
    const told = this.#told[end]
    const out = from.log.peer('neighbour', to.name)?.out
    const into = to.log.peer('neighbour', from.name)?.in
    from.flood.linkWithin(to.flood, ({ bytes, start, end }) => {
      told.bytes += end - start + 1
      out?.(bytes, start, end)
      into?.(bytes, start, end)
    })
  }
}

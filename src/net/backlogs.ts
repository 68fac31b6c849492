/** How many bytes of replies clients may leave unread. */
export interface BacklogLimits {
  /** One client. Beyond this, its commands wait until it has read some. */
  readonly client: number
  /** All clients together. */
  readonly all: number
  /** While all clients together have more than this, each may have only `few`, and the reply that exceeds it. */
  readonly shared: number
  readonly few: number
}

/** Even if all connections do not read, the sum stays within 256 MiB: half of it, and 10,064 times 8 KiB and a reply of 4 KiB. */
const LIMITS: BacklogLimits = {
  client: 1024 * 1024,
  all: 256 * 1024 * 1024,
  shared: 128 * 1024 * 1024,
  few: 8 * 1024,
}

/** The replies that one client has not read yet. */
export interface Backlog {
  /** Sets how many bytes there are now. Returns whether there may be more: if not, the client's commands must wait. */
  resize(bytes: number): boolean
  /** The connection is closed or becomes a link. No change counts any more. */
  end(): void
}

/** What is known of a client's backlog. */
interface Holding {
  bytes: number
  readonly close: () => void
}

/**
 * The replies that all clients of a server have not read yet. Each client may always have a few, so that a crowd that does not read delays
 * nobody else; beyond that, all share what there is. A reply that had to wait may be longer than was assumed: if there is no room for it, the
 * connection with most unread bytes is closed.
 */
export class Backlogs {
  readonly #limits: BacklogLimits
  readonly #holdings = new Set<Holding>()
  #bytes = 0

  constructor(limits: BacklogLimits = LIMITS) {
    this.#limits = limits
  }

  /** Adds a client. `close` must close its connection, which ends the backlog. */
  add(close: () => void): Backlog {
    const holding: Holding = { bytes: 0, close }
    this.#holdings.add(holding)
    return {
      resize: (bytes) => (this.#holdings.has(holding) ? this.#resize(holding, bytes) : true),
      end: () => {
        this.#drop(holding)
      },
    }
  }

  #resize(holding: Holding, bytes: number): boolean {
    const { client, all, shared, few } = this.#limits
    this.#bytes += bytes - holding.bytes
    holding.bytes = bytes
    if (this.#bytes > all) this.#closeLargest()
    return bytes <= few || (bytes <= client && this.#bytes <= shared)
  }

  #closeLargest(): void {
    const [first, ...others] = this.#holdings
    const largest = others.reduce(
      (most, other) => (other.bytes > most.bytes ? other : most),
      first as Holding,
    )
    this.#drop(largest)
    largest.close()
  }

  #drop(holding: Holding): void {
    this.#bytes -= holding.bytes
    holding.bytes = 0
    this.#holdings.delete(holding)
  }
}

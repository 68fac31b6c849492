/** How many bytes of replies clients may leave unread. */
export interface BacklogLimits {
  /** One client. Beyond this, its commands wait until it has read some. */
  readonly client: number
  /** All clients together, with the commands that wait. */
  readonly all: number
  /** While all clients together have more replies than this, each may have only `few`, and the reply that exceeds it. */
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

/** The replies that one client has not read yet, and its commands that wait. */
export interface Backlog {
  /** Sets how many bytes of replies there are now. Returns whether there may be more: if not, the client's commands must wait. */
  resize(bytes: number): boolean
  /** Sets how many bytes of memory the commands that wait need: up to 64 KiB, which the system reads at once. */
  hold(bytes: number): void
  /** The connection is closed or becomes a link. No change counts any more. */
  end(): void
}

/** What is known of a client's backlog. */
interface Holding {
  replies: number
  commands: number
  readonly close: () => void
}

/**
 * The replies that all clients of a server have not read yet, and the commands that wait for that. Each client may always have a few replies,
 * so that a crowd that does not read delays nobody else; beyond that, all share what there is. Commands that wait, and replies that had to
 * wait and are longer than was assumed, can exceed the sum: then the connection with most bytes is closed.
 */
export class Backlogs {
  readonly #limits: BacklogLimits
  readonly #holdings = new Set<Holding>()
  #replies = 0
  #commands = 0

  constructor(limits: BacklogLimits = LIMITS) {
    this.#limits = limits
  }

  /** Adds a client. `close` must close its connection, which ends the backlog. */
  add(close: () => void): Backlog {
    const holding: Holding = { replies: 0, commands: 0, close }
    this.#holdings.add(holding)
    return {
      resize: (bytes) => (this.#holdings.has(holding) ? this.#resize(holding, bytes) : true),
      hold: (bytes) => {
        if (this.#holdings.has(holding)) this.#hold(holding, bytes)
      },
      end: () => {
        this.#drop(holding)
      },
    }
  }

  #resize(holding: Holding, bytes: number): boolean {
    const { client, shared, few } = this.#limits
    this.#replies += bytes - holding.replies
    holding.replies = bytes
    this.#limit()
    return bytes <= few || (bytes <= client && this.#replies <= shared)
  }

  #hold(holding: Holding, bytes: number): void {
    this.#commands += bytes - holding.commands
    holding.commands = bytes
    this.#limit()
  }

  #limit(): void {
    if (this.#replies + this.#commands > this.#limits.all) this.#closeLargest()
  }

  #closeLargest(): void {
    const [first, ...others] = this.#holdings
    const largest = others.reduce(
      (most, other) => (sizeOf(other) > sizeOf(most) ? other : most),
      first as Holding,
    )
    this.#drop(largest)
    largest.close()
  }

  #drop(holding: Holding): void {
    this.#replies -= holding.replies
    this.#commands -= holding.commands
    holding.replies = 0
    holding.commands = 0
    this.#holdings.delete(holding)
  }
}

function sizeOf({ replies, commands }: Holding): number {
  return replies + commands
}

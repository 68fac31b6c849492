import type { Traffic } from './entry.js'

/** As many lines at most are written together: about what comes over a connection in one turn. */
const MAX_LINES = 64

/** Writes lines that came or went together, at a time in nanoseconds since 1970. */
type Write = (traffic: Traffic, lines: readonly string[], at: bigint) => void

interface Batch {
  readonly traffic: Traffic
  readonly lines: string[]
}

/**
 * Gathers the lines that come and go in one turn, by whom they come from or go to. One by one, to log a line would take longer than all else
 * that a server does for it.
 */
export class Together {
  readonly #clock: () => bigint
  readonly #write: Write
  /** In the order of their first lines. */
  #batches: Batch[] = []
  /** By who the other side is, the lines in and the lines out. */
  readonly #in = new Map<string, Batch>()
  readonly #out = new Map<string, Batch>()
  // Of the first line of all: lines of one turn have one time.
  #at = 0n
  #isEndDue = false

  constructor(clock: () => bigint, write: Write) {
    this.#clock = clock
    this.#write = write
  }

  /** Takes in a line; it is written by the end of the turn. */
  add(traffic: Traffic, line: string): void {
    if (this.#batches.length === 0) this.#begin()
    const { lines } = this.#batchOf(traffic)
    lines.push(line)
    if (lines.length === MAX_LINES) this.end()
  }

  /** Writes what is gathered, since something else is written next. */
  end(): void {
    for (const { traffic, lines } of this.#batches) this.#write(traffic, lines, this.#at)
    this.#batches = []
    this.#in.clear()
    this.#out.clear()
  }

  #begin(): void {
    this.#at = this.#clock()
    if (this.#isEndDue) return
    this.#isEndDue = true
    setImmediate(() => {
      this.#isEndDue = false
      this.end()
    })
  }

  // No server is called like the address of a client.
  #batchOf(traffic: Traffic): Batch {
    const batches = traffic.kind === 'in' ? this.#in : this.#out
    const known = batches.get(traffic.who)
    if (known) return known
    const batch = { traffic, lines: [] }
    batches.set(traffic.who, batch)
    this.#batches.push(batch)
    return batch
  }
}

import type { Flood } from '../flood/flood.js'
import type { SyncMessage } from '../protocol/sync.js'
import { Comparing } from './comparing.js'
import { HASHED_PER_TURN, hashed } from './hashing.js'

export interface SyncingParts {
  readonly neighbour: string
  readonly flood: Flood
  /** There may be something to tell neighbours, which must be done soon. */
  readonly due: () => void
}

/** Compares with one neighbour what both hold: when it asks for it, and now and then. Whoever else wants something has a turn meanwhile. */
export class Syncing {
  readonly #parts: SyncingParts
  readonly #comparing: Comparing
  /** How often the link has come up or gone down: nothing is compared with what was said on another. */
  #changes = 0

  constructor(parts: SyncingParts) {
    this.#parts = parts
    this.#comparing = new Comparing(() => void this.#compare())
  }

  /** The link is up, and a first comparison is under way. */
  begun(): void {
    this.#changes += 1
    this.#comparing.begun()
  }

  /** The link is down. */
  stop(): void {
    this.#changes += 1
    this.#comparing.stop()
  }

  /** The neighbour says something of what it holds. */
  hear(message: SyncMessage): void {
    const comparesAll = message.kind === 'digest' || message.kind === 'buckets'
    if (comparesAll && this.#parts.flood.unhashed > HASHED_PER_TURN) void this.#hearHashed(message)
    else this.#hear(message)
  }

  async #hearHashed(message: SyncMessage): Promise<void> {
    const changes = this.#changes
    await hashed(this.#parts.flood)
    if (changes === this.#changes) this.#hear(message)
  }

  #hear(message: SyncMessage): void {
    const { neighbour, flood, due } = this.#parts
    flood.hearSync(message, neighbour)
    if (message.kind === 'digest') this.#comparing.settled(flood.inSync(neighbour) === true)
    due()
  }

  async #compare(): Promise<void> {
    const { neighbour, flood, due } = this.#parts
    await hashed(flood)
    flood.compare(neighbour)
    due()
  }
}

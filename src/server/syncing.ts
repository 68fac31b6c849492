import type { Flood } from '../flood/flood.js'
import { MAX_UNHASHED } from '../flood/table.js'
import type { SyncMessage } from '../protocol/sync.js'
import { Comparing } from './comparing.js'

export interface SyncingParts {
  readonly neighbour: string
  readonly flood: Flood
  /** There may be something to tell neighbours, which must be done soon. */
  readonly due: () => void
  /** Resolves when digests may be asked for, until the turn is over. */
  readonly hashed: () => Promise<void>
}

/** Compares with one neighbour what both hold: when the neighbour asks for it, and now and then. Hashing leaves others their turns. */
export class Syncing {
  readonly #parts: SyncingParts
  readonly #comparing: Comparing
  /** How often the link has come up or gone down: nothing is compared with what was said on another. */
  #changes = 0

  constructor(parts: SyncingParts) {
    this.#parts = parts
    this.#comparing = new Comparing(() => {
      const { neighbour, flood, due } = parts
      flood.compare(neighbour)
      due()
    })
  }

  /** The link is up, and a first comparison is under way. */
  begun(): void {
    this.#changes += 1
    this.#comparing.begun()
    this.#parts.due()
  }

  /** A message to the neighbour and its answer take this long, in milliseconds. */
  roundTrip(ms: number): void {
    this.#comparing.roundTripMs = ms
  }

  /** The link is down. */
  stop(): void {
    this.#changes += 1
    this.#comparing.stop()
  }

  /** The neighbour says something of what it holds. */
  hear(message: SyncMessage): void {
    const comparesAll = message.kind === 'digest' || message.kind === 'buckets'
    if (comparesAll && this.#parts.flood.unhashed > MAX_UNHASHED) void this.#hearHashed(message)
    else this.#hear(message)
  }

  async #hearHashed(message: SyncMessage): Promise<void> {
    const changes = this.#changes
    await this.#parts.hashed()
    if (changes === this.#changes) this.#hear(message)
  }

  #hear(message: SyncMessage): void {
    const { neighbour, flood, due } = this.#parts
    flood.receiveSync(message, neighbour)
    if (message.kind === 'digest') this.#comparing.settled(flood.inSync(neighbour) === true)
    due()
  }
}

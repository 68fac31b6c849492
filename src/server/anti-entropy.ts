import type { Flood } from '../flood/flood.js'
import { MAX_UNHASHED } from '../flood/table.js'
import type { LastComparison } from '../protocol/status.js'
import type { SyncMessage } from '../protocol/sync.js'
import { ComparisonTimer } from './comparison-timer.js'
import { expiryDifference } from './expiry-difference.js'
import type { LinkCounts } from './link-counts.js'
import { secondsOf } from './status.js'

export interface AntiEntropyParts {
  readonly neighbour: string
  readonly flood: Flood
  /** Schedules a tick, because messages may be pending for neighbours. */
  readonly due: () => void
  /** Resolves when digests can be computed, which holds until the end of the turn. */
  readonly hashed: () => Promise<void>
  readonly counts: Pick<LinkCounts, 'compared'>
  /** Reports in words what an operator should see. */
  readonly onFault: (why: string) => void
}

/** Anti-entropy with one neighbour: compares digests periodically and when the neighbour asks. Other work goes on during hashing. */
export class AntiEntropy {
  readonly #parts: AntiEntropyParts
  readonly #timer: ComparisonTimer
  /** How often the link has come up or gone down. A message of an earlier link must not be compared. */
  #changes = 0
  /** The result of the last comparison on this link, and when it was, on the clock of `performance.now`. */
  #compared: { readonly at: number; readonly equal: boolean } | undefined
  /** Whether the neighbour's cutoff was last known to differ from ours. */
  #differs = false

  constructor(parts: AntiEntropyParts) {
    this.#parts = parts
    this.#timer = new ComparisonTimer(() => {
      const { neighbour, flood, due } = parts
      flood.compare(neighbour)
      due()
    })
  }

  /** The last comparison since the link came up. */
  get lastComparison(): LastComparison | undefined {
    if (!this.#compared) return undefined
    const { at, equal } = this.#compared
    return { secondsAgo: secondsOf(performance.now() - at), equal }
  }

  /** Starts the timer because the link is up, which has started the first comparison. */
  start(): void {
    this.#changes += 1
    this.#compared = undefined
    this.#timer.started()
    this.#parts.due()
  }

  /** Sets the round-trip time of the link in milliseconds. */
  roundTrip(ms: number): void {
    this.#timer.roundTripMs = ms
  }

  /** Stops comparing because the link is down. */
  stop(): void {
    this.#changes += 1
    this.#compared = undefined
    this.#timer.stop()
  }

  /** Processes a sync message from the neighbour. */
  receive(message: SyncMessage): void {
    this.#parts.flood.prepareSync(message, this.#parts.neighbour)
    const comparesAll = message.kind === 'digest' || message.kind === 'buckets'
    if (comparesAll && this.#parts.flood.slices.unhashed > MAX_UNHASHED) void this.#receiveWhenHashed(message)
    else this.#receiveNow(message)
  }

  async #receiveWhenHashed(message: SyncMessage): Promise<void> {
    const changes = this.#changes
    await this.#parts.hashed()
    if (changes === this.#changes) this.#receiveNow(message)
  }

  #receiveNow(message: SyncMessage): void {
    const { neighbour, flood, due } = this.#parts
    flood.receiveSync(message, neighbour)
    if (message.kind === 'digest') {
      const inSync = flood.inSync(neighbour)
      // If it could not be compared, another one has become due.
      if (inSync !== undefined) this.#finished(inSync)
      this.#noteExpiry()
    }
    due()
  }

  /** Reports that reports expire sooner or later at the neighbour, once until that is over. */
  #noteExpiry(): void {
    const { neighbour, flood, onFault } = this.#parts
    const theirs = flood.expiry.ofNeighbour(neighbour)
    if (theirs?.differs === true && !this.#differs)
      onFault(expiryDifference(neighbour, theirs, flood.expiry.cutoff))
    this.#differs = theirs?.differs ?? this.#differs
  }

  #finished(equal: boolean): void {
    this.#compared = { at: performance.now(), equal }
    this.#parts.counts.compared(equal)
    this.#timer.finished(equal)
  }
}

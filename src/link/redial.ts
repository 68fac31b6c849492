import { backoffMs, MIN_BACKOFF_MS } from './backoff.js'
import { MAX_PROBE_MS, MIN_PROBE_MS } from './limits.js'

/** A link that was up for this long was a good one: the next wait before dialling is short again. Milliseconds. */
const STEADY_MS = 5_000

/** When to dial a neighbour again, and why it could not be reached. Times are milliseconds. */
export class Redial {
  readonly #random: () => number
  #dialledAt = -Infinity
  #failures = 0
  #probeMs = MIN_PROBE_MS
  #whyNot = ''
  /** When to dial again; Infinity for not. */
  dueAt = Infinity

  /** `random` gives 0 to 1, to spread the dialling of servers. */
  constructor(random: () => number) {
    this.#random = random
  }

  /** Whether the last dial is so long ago that another one may follow at once. */
  isAllowed(now: number): boolean {
    return now - this.#dialledAt >= MIN_BACKOFF_MS
  }

  /** The neighbour is dialled. */
  dialled(now: number): void {
    this.#dialledAt = now
    this.dueAt = Infinity
  }

  /** Sees that the neighbour is dialled again after a wait. */
  later(now: number): void {
    this.dueAt = now + backoffMs(this.#failures, this.#random())
    this.#failures += 1
  }

  /** Sees that a neighbour that is served as a classic one is greeted again, each time after twice as long. */
  probeLater(now: number): void {
    this.dueAt = now + this.#probeMs
    this.#probeMs = Math.min(MAX_PROBE_MS, 2 * this.#probeMs)
  }

  /** The neighbour could not be reached. Gives whether that is another reason than the last one. */
  failed(why: string): boolean {
    const isNew = why !== this.#whyNot
    this.#whyNot = why
    return isNew
  }

  /** The link is up. */
  linked(): void {
    this.#whyNot = ''
    this.dueAt = Infinity
  }

  /** The link is down, after it was up for so long. */
  lost(lastedMs: number): void {
    this.dueAt = Infinity
    this.#probeMs = MIN_PROBE_MS
    if (lastedMs > STEADY_MS) this.#failures = 0
  }
}

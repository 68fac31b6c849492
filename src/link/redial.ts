import { backoffMs, MIN_BACKOFF_MS } from './backoff.js'
import { MAX_PROBE_MS, MIN_PROBE_MS } from './limits.js'

/** After a link that was up for this long, the next wait before dialling is short again. Milliseconds. */
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

  /** `random` returns 0 to 1, so that servers do not dial at the same time. */
  constructor(random: () => number) {
    this.#random = random
  }

  /** Whether the last dial was long enough ago for another one. */
  isAllowed(now: number): boolean {
    return now - this.#dialledAt >= MIN_BACKOFF_MS
  }

  /** The neighbour is dialled. */
  dialled(now: number): void {
    this.#dialledAt = now
    this.dueAt = Infinity
  }

  /** Schedules the next dial. */
  later(now: number): void {
    this.dueAt = now + backoffMs(this.#failures, this.#random())
    this.#failures += 1
  }

  /** Schedules the next greeting of a classic neighbour, which may have been replaced. */
  probeLater(now: number): void {
    this.dueAt = now + MAX_PROBE_MS
  }

  /** Schedules the next greeting of a neighbour that counts as classic because it hangs up, each time after twice the wait. */
  probeSoon(now: number): void {
    this.dueAt = now + this.#probeMs
    this.#probeMs = Math.min(MAX_PROBE_MS, 2 * this.#probeMs)
  }

  /** The neighbour could not be reached. Returns whether the reason is a new one. */
  failed(why: string): boolean {
    const isNew = why !== this.#whyNot
    this.#whyNot = why
    return isNew
  }

  /** The link is up. */
  linked(): void {
    this.#whyNot = ''
  }

  /** The link is down, after it was up for `lastedMs`. */
  lost(lastedMs: number): void {
    this.dueAt = Infinity
    this.#probeMs = MIN_PROBE_MS
    if (lastedMs > STEADY_MS) this.#failures = 0
  }
}

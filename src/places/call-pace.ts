const MINUTE_MS = 60_000

/** The part of the calls of a minute that may be made at once. The others are spread over the minute, so that each client gets a share. */
const BURST_PART = 1 / 6

/** Decides when the next call of a service may be made: at most so many per minute, and none while the service wants a pause. */
export class CallPace {
  readonly #perMinute: number
  readonly #now: () => number
  readonly #intervalMs: number
  readonly #burstMs: number
  /** When all calls of a burst may be made again. */
  #restedAt = -Infinity
  #pausedUntil = -Infinity
  #pauseReason = ''

  /** `perMinute` is the maximum number of calls in any minute, 0 for no limit; `now` is a clock in milliseconds. */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute
    this.#now = now
    const burst = Math.ceil(perMinute * BURST_PART)
    // In any minute there is one burst at most, and one call less than intervals.
    this.#intervalMs = perMinute === 0 ? 0 : MINUTE_MS / (perMinute - burst + 1)
    this.#burstMs = Math.max(0, burst - 1) * this.#intervalMs
  }

  /** How long the next call must wait, in milliseconds: 0 if it may be made now. */
  get waitMs(): number {
    const now = this.#now()
    return Math.max(0, this.#pausedUntil - now, this.#restedAt - this.#burstMs - now)
  }

  /** Why the next call must wait, as the rest of a sentence about the service. */
  get why(): string {
    return this.#pausedUntil > this.#now()
      ? `was not asked, because it ${this.#pauseReason}`
      : `was not asked: more than ${this.#perMinute} look-ups in a minute`
  }

  /** A call is made now. */
  spend(): void {
    this.#restedAt = Math.max(this.#restedAt, this.#now()) + this.#intervalMs
  }

  /** Makes all calls wait. A pause does not end one that is longer. */
  pause(ms: number, reason: string): void {
    const until = this.#now() + ms
    if (until <= this.#pausedUntil) return
    this.#pausedUntil = until
    this.#pauseReason = reason
  }
}

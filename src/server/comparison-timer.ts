/** How often neighbours that are in sync compare their digests, to find reports that no link has delivered. */
export const COMPARE_MS = 30_000

/**
 * How soon they compare again after a difference. Reports in flight cause differences too, so the interval doubles each time. The repair
 * takes two round trips, which are added.
 */
export const COMPARE_AGAIN_MS = 1_000
const REPAIR_ROUND_TRIPS = 2

/** Schedules the comparisons of digests with one neighbour. */
export class ComparisonTimer {
  readonly #compare: () => void
  readonly #everyMs: number
  readonly #againMs: number
  #timer: NodeJS.Timeout | undefined
  #wait: number
  /** The round-trip time of the link in milliseconds. */
  roundTripMs = 0

  constructor(compare: () => void, everyMs: number = COMPARE_MS, againMs: number = COMPARE_AGAIN_MS) {
    this.#compare = compare
    this.#everyMs = everyMs
    this.#againMs = againMs
    this.#wait = againMs
  }

  /** A comparison has started: the first one when the link comes up. */
  started(): void {
    clearTimeout(this.#timer)
    // Neighbours alternate, so the other one compares next. But a message may be lost, and if each then waited for the
    // other, they would never compare again.
    this.#timer = setTimeout(() => {
      this.#compareAgain()
    }, 2 * this.#everyMs)
  }

  /** A comparison has finished. Its result determines when the next one is due. */
  finished(inSync: boolean): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        this.#compareAgain()
      },
      inSync ? this.#everyMs : this.#wait + REPAIR_ROUND_TRIPS * this.roundTripMs,
    )
    this.#wait = inSync ? this.#againMs : Math.min(this.#everyMs, 2 * this.#wait)
  }

  /** Stops comparing because the link is down. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#wait = this.#againMs
  }

  #compareAgain(): void {
    this.started()
    this.#compare()
  }
}

/** How often neighbours that are in sync compare their digests, to find what no link has told them. */
export const COMPARE_MS = 30_000

/**
 * How soon they compare again after a difference, which reports under way make as well; then twice as long each time. What the difference
 * sets off takes two round trips, which come on top.
 */
export const COMPARE_AGAIN_MS = 1_000
const REPAIR_ROUND_TRIPS = 2

/** When to compare digests with one neighbour. */
export class Comparing {
  readonly #compare: () => void
  readonly #everyMs: number
  readonly #againMs: number
  #timer: NodeJS.Timeout | undefined
  #wait: number
  /** How long a message to the neighbour and its answer take, in milliseconds. */
  roundTripMs = 0

  constructor(compare: () => void, everyMs: number = COMPARE_MS, againMs: number = COMPARE_AGAIN_MS) {
    this.#compare = compare
    this.#everyMs = everyMs
    this.#againMs = againMs
    this.#wait = againMs
  }

  /** The link is up, and a first comparison is under way. */
  begun(): void {
    clearTimeout(this.#timer)
    // Neighbours take turns, so that it is the other's now. But what either says may be damaged on its way, and if
    // each waited for the other then, they would never compare again.
    this.#timer = setTimeout(() => {
      this.#again()
    }, 2 * this.#everyMs)
  }

  /** How a comparison came out, which tells how soon the next one is due. */
  settled(inSync: boolean): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        this.#again()
      },
      inSync ? this.#everyMs : this.#wait + REPAIR_ROUND_TRIPS * this.roundTripMs,
    )
    this.#wait = inSync ? this.#againMs : Math.min(this.#everyMs, 2 * this.#wait)
  }

  /** The link is down. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#wait = this.#againMs
  }

  #again(): void {
    this.begun()
    this.#compare()
  }
}

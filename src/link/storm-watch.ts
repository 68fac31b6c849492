import { MAX_PAUSE_MS, MIN_PAUSE_MS } from './sender-limits.js'

/**
 * The same report so many times within the window is a storm. Without one, each server of a herd passes a report on once or twice, and one
 * that storms has passed it on several hundred times.
 */
const STORM_REPEATS = 20
const STORM_WINDOW_MS = 10_000

/** How many reports are counted at once. If more come in a window, the oldest are forgotten. */
const MAX_COUNTED = 1_024

/** After this long without a storm, the next pause is short again. Milliseconds. */
const CALM_MS = 60_000

/** Detects that a classic neighbour sends the same reports again and again. Times are milliseconds of a clock that never steps. */
export class StormWatch {
  /** How often each report has come in this window. */
  readonly #counts = new Map<string, number>()
  #windowEnd = -Infinity
  #heldUntil = -Infinity
  #storms = 0

  /** Whether the neighbour is held off: it is sent nothing, and what it repeats is dropped. */
  isHeld(now: number): boolean {
    return now < this.#heldUntil
  }

  /**
   * Counts a report that is not news. Returns until when the neighbour is to be held off, if this one starts a pause; `isFirst` says that it
   * was calm before.
   */
  repeated(report: string, now: number): { readonly until: number; readonly isFirst: boolean } | undefined {
    if (this.isHeld(now)) return undefined
    if (now >= this.#windowEnd) {
      this.#counts.clear()
      this.#windowEnd = now + STORM_WINDOW_MS
    }
    const count = (this.#counts.get(report) ?? 0) + 1
    this.#counts.set(report, count)
    for (const [oldest] of this.#counts) {
      if (this.#counts.size <= MAX_COUNTED) break
      this.#counts.delete(oldest)
    }
    return count < STORM_REPEATS ? undefined : this.#hold(now)
  }

  #hold(now: number): { readonly until: number; readonly isFirst: boolean } {
    if (now - this.#heldUntil > CALM_MS) this.#storms = 0
    const isFirst = this.#storms === 0
    this.#heldUntil = now + Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** this.#storms)
    this.#storms += 1
    this.#windowEnd = -Infinity
    return { until: this.#heldUntil, isFirst }
  }
}

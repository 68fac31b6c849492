/** TCP's gains and its weight of the deviation (RFC 6298, 2). */
const GAIN = 1 / 8
const DEVIATION_GAIN = 1 / 4
const DEVIATIONS = 4

/** The longest plausible round trip on a link that is up: a larger value is a mistake of the neighbour. */
const MAX_SAMPLE_MS = 60_000

/** A greeting may take longer because a process was held up; links are made for round trips of up to 4 s. */
const MAX_GUESS_MS = 4_000

/** The measured round trip of one link: smoothed mean and mean deviation. Milliseconds. */
export class RoundTrip {
  #mean = 0
  #deviation = 0
  #isMeasured = false

  /** Sets a first guess, which is used until there is a sample. */
  guess(ms: number): void {
    this.#mean = Math.min(ms, MAX_GUESS_MS)
    this.#deviation = this.#mean / 2
  }

  /** Adds the time that one answer took. */
  sample(ms: number): void {
    if (!(ms >= 0 && ms <= MAX_SAMPLE_MS)) return
    if (!this.#isMeasured) {
      this.#isMeasured = true
      this.#mean = ms
      this.#deviation = ms / 2
      return
    }
    this.#deviation += DEVIATION_GAIN * (Math.abs(ms - this.#mean) - this.#deviation)
    this.#mean += GAIN * (ms - this.#mean)
  }

  /** The mean; undefined before the first sample. */
  get meanMs(): number | undefined {
    return this.#isMeasured ? this.#mean : undefined
  }

  /** The longest expected time of an answer: mean plus four deviations; 0 before the first measurement. */
  get waitMs(): number {
    return this.#mean + DEVIATIONS * this.#deviation
  }
}

/**
 * Of so many samples, that with the shortest round trip counts, as in NTP: what delays one direction more than the other delays the round trip,
 * too. With a heartbeat a second, a step of either clock is known after 8 s at the latest.
 */
const SAMPLES = 8

/** The difference between the clocks of a neighbour and of this server. */
export class ClockOffset {
  readonly #samples: { readonly roundTripMs: number; readonly ms: number }[] = []

  /** The neighbour's clock showed `theirs` while it answered; the answer came after `roundTripMs`, when ours showed `ours`. Microseconds. */
  sample(roundTripMs: number, theirs: number, ours: number): void {
    if (roundTripMs < 0) return
    if (this.#samples.length === SAMPLES) this.#samples.shift()
    // The answer was under way for half of the round trip, as far as anybody can know.
    this.#samples.push({ roundTripMs, ms: (theirs - ours) / 1_000 + roundTripMs / 2 })
  }

  /** By how many milliseconds the neighbour's clock is ahead; undefined before the first sample. */
  get ms(): number | undefined {
    if (this.#samples.length === 0) return undefined
    return this.#samples.reduce((best, sample) => (sample.roundTripMs < best.roundTripMs ? sample : best)).ms
  }
}

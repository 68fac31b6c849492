/**
 * Chance that a seed replays: numbers from 0 to 2^32 - 1, never the same twice in a row. This is the xorshift of Marsaglia with 32 bits,
 * in our own words, since it stands where a million numbers a second are drawn beside what is measured.
 */
export class Dice {
  #state: number

  constructor(seed: number) {
    // Seeds that differ by one must not begin alike, and a state of 0 would stay 0.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) || 1
    for (let round = 0; round < 8; round += 1) this.roll()
  }

  roll(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return state >>> 0
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    // The high bits of a product, because the low ones of xorshift are the weaker, and because this divides by nothing.
    return Math.floor((this.roll() / CHANCES) * limit)
  }
}

/** How many numbers a die has. */
export const CHANCES = 2 ** 32

/** Below which roll something happens that is to happen in so many of 100 cases. */
export function happensBelow(percent: number): number {
  return (percent / 100) * CHANCES
}

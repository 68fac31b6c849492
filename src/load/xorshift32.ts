/**
 * Marsaglia's xorshift with 32 bits of state: reproducible random numbers from 1 to 2^32 - 1, never the same twice in a row. It is written
 * out here because the load generator draws a million numbers per second next to the servers that it measures.
 */
export class Xorshift32 {
  #state: number

  constructor(seed: number) {
    // Adjacent seeds must give different sequences, and the state 0 would stay 0.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) || 1
    for (let round = 0; round < 8; round += 1) this.next()
  }

  next(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return state >>> 0
  }

  /** A random whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    // Uses the high bits, because the low bits of xorshift are weaker, and needs no integer division.
    return Math.floor((this.next() / RANGE) * limit)
  }
}

/** `next` returns numbers below this. */
export const RANGE = 2 ** 32

/** `next` returns a number below this in the given percentage of calls. */
export function threshold(percent: number): number {
  return (percent / 100) * RANGE
}

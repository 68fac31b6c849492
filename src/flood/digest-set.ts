import type { Digests } from '../protocol/sync.js'

/** Slots per digest, at least: the fuller the table, the longer the search. */
const SLOTS_PER_DIGEST = 2

/** A set of digests of 64 bits to look others up in. It can be filled repeatedly and reuses its memory. */
export class DigestSet {
  #digests: Digests = new Uint32Array(0)
  /** Each slot holds the number of a digest plus 1, or 0 if it is free. The length is a power of two. */
  #slots = new Uint32Array(64)
  #mask = 0
  /** For each digest, 1 if it was looked up. */
  #found = new Uint8Array(64)
  #left = 0

  /** Replaces the content. The array must not change while the set is used. */
  fill(digests: Digests): void {
    const count = digests.length / 2
    this.#digests = digests
    this.#left = count
    this.#makeRoom(count)
    for (let number = 0; number < count; number += 1) {
      let slot = (digests[2 * number + 1] as number) & this.#mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
      this.#slots[slot] = number + 1
    }
  }

  /** Whether a digest is in the set; marks it as looked up. */
  find(high: number, low: number): boolean {
    const digests = this.#digests
    let isFound = false
    for (let slot = low & this.#mask; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const number = (this.#slots[slot] as number) - 1
      if (digests[2 * number] !== high || digests[2 * number + 1] !== low) continue
      // The sender may have repeated it.
      if (this.#found[number] === 0) this.#left -= 1
      this.#found[number] = 1
      isFound = true
    }
    return isFound
  }

  /** A copy of the digests that were not looked up, in their order. */
  left(): Digests {
    const left = new Uint32Array(2 * this.#left)
    for (let number = 0, at = 0; at < left.length; number += 1) {
      if (this.#found[number] === 1) continue
      left[at] = this.#digests[2 * number] as number
      left[at + 1] = this.#digests[2 * number + 1] as number
      at += 2
    }
    return left
  }

  #makeRoom(count: number): void {
    let slots = 64
    while (slots < SLOTS_PER_DIGEST * count) slots *= 2
    if (slots > this.#slots.length) this.#slots = new Uint32Array(slots)
    else this.#slots.fill(0, 0, slots)
    this.#mask = slots - 1
    if (count > this.#found.length) this.#found = new Uint8Array(slots)
    else this.#found.fill(0, 0, count)
  }
}

/** What is given when there is no slot. */
export const NO_ENTRY = -1

/** Of the slots so many are used at most: the fuller, the longer the search. */
const MAX_LOAD = 0.75
const GROWTH = 1.4

/** Numbers by a hash of 32 bits of what they stand for: each is in the first free slot from the one that its hash points to. */
export class HashIndex {
  /** Two words a slot: a number plus 1, where 0 is a free slot; and its hash, by which nearly all others are told apart. */
  #words = new Uint32Array(2 * 64)
  #size = 0

  /** The first slot of a number with this hash, or `NO_SLOT`. */
  first(hashed: number): number {
    return this.#from(this.#pointedTo(hashed), hashed)
  }

  /** The next one after a slot. */
  next(slot: number, hashed: number): number {
    return this.#from(this.#after(slot), hashed)
  }

  /** The number in a slot. */
  numberIn(slot: number): number {
    return (this.#words[slot] as number) - 1
  }

  /** Adds a number. */
  add(number: number, hashed: number): void {
    this.#size += 1
    if (2 * this.#size > this.#words.length * MAX_LOAD) this.#makeRoom()
    this.#enter(number + 1, hashed)
  }

  #from(slot: number, hashed: number): number {
    const words = this.#words
    let at = slot
    while (words[at] !== 0) {
      if (words[at + 1] === hashed) return at
      at = this.#after(at)
    }
    return NO_ENTRY
  }

  #makeRoom(): void {
    const words = this.#words
    this.#words = new Uint32Array(2 * Math.ceil((words.length / 2) * GROWTH))
    for (let at = 0; at < words.length; at += 2)
      if (words[at] !== 0) this.#enter(words[at] as number, words[at + 1] as number)
  }

  #enter(entry: number, hashed: number): void {
    const words = this.#words
    let at = this.#pointedTo(hashed)
    while (words[at] !== 0) at = this.#after(at)
    words[at] = entry
    words[at + 1] = hashed
  }

  #pointedTo(hashed: number): number {
    return 2 * Math.floor((hashed / 0x1_0000_0000) * (this.#words.length / 2))
  }

  #after(slot: number): number {
    return slot + 2 === this.#words.length ? 0 : slot + 2
  }
}

/** Stands for no entry. */
export const NO_ENTRY = -1

/** The greatest share of slots that are used: the fuller, the longer the search. */
const MAX_LOAD = 0.75
const GROWTH = 1.4

/** Finds numbers by a hash of 32 bits: a hash table with linear probing. */
export class HashIndex {
  /** Two words per slot: a number plus 1, where 0 is a free slot; and its hash. An entry is the index of its slot. */
  #words = new Uint32Array(2 * 64)
  #size = 0

  /** The first entry with this hash, or `NO_ENTRY`. Valid until the index changes. */
  first(hashed: number): number {
    return this.#from(this.#home(hashed), hashed)
  }

  /** The next entry with this hash, or `NO_ENTRY`. Valid until the index changes. */
  next(entry: number, hashed: number): number {
    return this.#from(this.#after(entry), hashed)
  }

  /** The number of an entry. */
  numberIn(entry: number): number {
    return (this.#words[entry] as number) - 1
  }

  /** Adds a number. */
  add(number: number, hashed: number): void {
    this.#size += 1
    if (2 * this.#size > this.#words.length * MAX_LOAD) this.#grow((this.#words.length / 2) * GROWTH)
    this.#insert(number + 1, hashed)
  }

  /** Makes room for so many numbers in all. */
  reserve(numbers: number): void {
    const slots = numbers / MAX_LOAD
    if (2 * slots > this.#words.length) this.#grow(slots)
  }

  /** Removes a number that was added with this hash. */
  delete(number: number, hashed: number): void {
    const words = this.#words
    let hole = this.first(hashed)
    while (this.numberIn(hole) !== number) hole = this.next(hole, hashed)
    this.#size -= 1
    // What follows moves up, unless it would come before the slot that its hash points to.
    for (let at = this.#after(hole); words[at] !== 0; at = this.#after(at)) {
      const wanted = this.#home(words[at + 1] as number)
      const isBetween = hole <= at ? hole < wanted && wanted <= at : hole < wanted || wanted <= at
      if (isBetween) continue
      words[hole] = words[at] as number
      words[hole + 1] = words[at + 1] as number
      hole = at
    }
    words[hole] = 0
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

  #grow(slots: number): void {
    const words = this.#words
    this.#words = new Uint32Array(2 * Math.ceil(slots))
    for (let at = 0; at < words.length; at += 2)
      if (words[at] !== 0) this.#insert(words[at] as number, words[at + 1] as number)
  }

  #insert(entry: number, hashed: number): void {
    const words = this.#words
    let at = this.#home(hashed)
    while (words[at] !== 0) at = this.#after(at)
    words[at] = entry
    words[at + 1] = hashed
  }

  #home(hashed: number): number {
    return 2 * Math.floor((hashed / 0x1_0000_0000) * (this.#words.length / 2))
  }

  #after(slot: number): number {
    return slot + 2 === this.#words.length ? 0 : slot + 2
  }
}

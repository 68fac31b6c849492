/** A queue that serves its owners in turn, one item each, however many items an owner has. The items of one owner keep their order. */
export class RoundRobin<T> {
  /** The items of each owner, by the order of turns: a Map keeps the order in which its keys are added. */
  readonly #queues = new Map<object, T[]>()
  #size = 0

  /** The number of items of all owners. */
  get size(): number {
    return this.#size
  }

  add(owner: object, item: T): void {
    this.#size += 1
    const items = this.#queues.get(owner)
    if (items) items.push(item)
    else this.#queues.set(owner, [item])
  }

  /** Removes and returns the next item. Its owner then has its turn after all others. */
  take(): T | undefined {
    for (const [owner, items] of this.#queues) {
      this.#queues.delete(owner)
      this.#size -= 1
      const item = items.shift()
      if (items.length > 0) this.#queues.set(owner, items)
      return item
    }
    return undefined
  }

  /** Removes and returns the newest item of the owner that has the most. */
  takeFromLongest(): T | undefined {
    let longest: [object, T[]] | undefined
    for (const queue of this.#queues) if (!longest || queue[1].length > longest[1].length) longest = queue
    if (!longest) return undefined
    const [owner, items] = longest
    if (items.length === 1) this.#queues.delete(owner)
    this.#size -= 1
    return items.pop()
  }

  /** Removes and returns all items for which a condition holds. */
  takeAll(holds: (item: T) => boolean): T[] {
    const taken: T[] = []
    for (const [owner, items] of this.#queues) {
      const left = items.filter((item) => !holds(item))
      if (left.length === items.length) continue
      taken.push(...items.filter(holds))
      if (left.length > 0) this.#queues.set(owner, left)
      else this.#queues.delete(owner)
    }
    this.#size -= taken.length
    return taken
  }

  /** Removes and returns all items of an owner. */
  takeAllOf(owner: object): readonly T[] {
    const items = this.#queues.get(owner) ?? []
    this.#queues.delete(owner)
    this.#size -= items.length
    return items
  }
}

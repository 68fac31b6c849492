import type { Neighbour } from './neighbour.js'

/** The linked neighbours of a server. */
export class Neighbours implements Iterable<Neighbour> {
  readonly #all: Neighbour[] = []

  /** The bytes of what they remember of clients, without their followers. */
  get bytes(): number {
    return this.#all.reduce((bytes, neighbour) => bytes + neighbour.bytes, 0)
  }

  [Symbol.iterator](): Iterator<Neighbour> {
    return this.#all.values()
  }

  /** The first whose comparison has work left, if there is one. */
  get behind(): Neighbour | undefined {
    return this.find(({ comparison }) => comparison.isBehind)
  }

  /** The first that a condition holds for. */
  find(isWanted: (neighbour: Neighbour) => boolean): Neighbour | undefined {
    return this.#all.find(isWanted)
  }

  /** The name of a proxyherd server among them that is known not to know forgets, if there is one. */
  get withoutForgets(): string | undefined {
    return this.#all.find(({ kind, knowsForgets }) => kind === 'proxyherd' && knowsForgets === false)?.name
  }

  /** The one with a name, if it is linked. */
  named(name: string): Neighbour | undefined {
    for (const neighbour of this.#all) if (neighbour.name === name) return neighbour
    return undefined
  }

  add(neighbour: Neighbour): void {
    this.#all.push(neighbour)
  }

  /** Removes the one with a name, and returns it if it was linked. */
  remove(name: string): Neighbour | undefined {
    const index = this.#all.findIndex((neighbour) => neighbour.name === name)
    return index === -1 ? undefined : this.#all.splice(index, 1)[0]
  }
}

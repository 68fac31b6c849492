import { grow } from './grow.js'
import type { ClientNumber } from './numbers.js'

const BITS = 32

/** A set of clients, with one bit per client number. */
export class ClientSet {
  #bits = new Uint32Array(4)
  /** How many clients are in it. */
  size = 0

  /** The bytes of its bits. */
  get bytes(): number {
    return this.#bits.byteLength
  }

  has(client: ClientNumber): boolean {
    return (((this.#bits[client >>> 5] ?? 0) >>> (client & 31)) & 1) === 1
  }

  /** Adds a client; returns whether it was not in the set. */
  add(client: ClientNumber): boolean {
    if (this.has(client)) return false
    const index = client >>> 5
    this.#bits = grow(this.#bits, index + 1)
    this.#bits[index] = (this.#bits[index] as number) | (1 << (client & 31))
    this.size += 1
    return true
  }

  /** Removes a client; returns whether it was in the set. */
  delete(client: ClientNumber): boolean {
    if (!this.has(client)) return false
    const index = client >>> 5
    this.#bits[index] = (this.#bits[index] as number) & ~(1 << (client & 31))
    this.size -= 1
    return true
  }

  /** Takes out so many clients, or a few more, or all if there are fewer, in the order of their numbers. */
  drain(count: number, each: (client: ClientNumber) => void): void {
    const left = Math.max(0, this.size - count)
    for (let index = 0; this.size > left; index += 1) {
      const bits = this.#bits[index] as number
      this.#bits[index] = 0
      for (let rest = bits; rest !== 0; rest &= rest - 1) {
        this.size -= 1
        each((index * BITS + BITS - 1 - Math.clz32(rest & -rest)) as ClientNumber)
      }
    }
  }
}

import { ClientSet } from './client-set.js'
import type { ClientNumber } from './numbers.js'

/** The first length of the ring. Most queues stay short, and V8 makes arrays of up to 64 bytes several times as fast as larger ones. */
const FIRST_NUMBERS = 16

/**
 * Clients in the order in which they were added, each once, however often it is added. One that is deleted and added again has its old
 * place, unless the queue has passed it.
 */
export class ClientQueue {
  /** A ring of numbers. Its length is a power of two. */
  #ring = new Uint32Array(FIRST_NUMBERS)
  #first = 0
  #length = 0
  /** Which clients have a place in the ring; and of them, which are still wanted. */
  readonly #placed = new ClientSet()
  readonly #wanted = new ClientSet()

  get size(): number {
    return this.#wanted.size
  }

  /** The bytes of its ring and its sets. */
  get bytes(): number {
    return this.#ring.byteLength + this.#placed.bytes + this.#wanted.bytes
  }

  has(client: ClientNumber): boolean {
    return this.#wanted.has(client)
  }

  add(client: ClientNumber): void {
    if (!this.#wanted.add(client) || !this.#placed.add(client)) return
    if (this.#length === this.#ring.length) this.#grow()
    this.#ring[(this.#first + this.#length) & (this.#ring.length - 1)] = client
    this.#length += 1
  }

  /** Takes a client out; returns whether it was in. Its place in the ring stays, so that there is never more than one per client. */
  delete(client: ClientNumber): boolean {
    return this.#wanted.delete(client)
  }

  /** Takes out the first; undefined if there is none. */
  shift(): ClientNumber | undefined {
    while (this.#length > 0) {
      const client = this.#ring[this.#first] as ClientNumber
      this.#first = (this.#first + 1) & (this.#ring.length - 1)
      this.#length -= 1
      this.#placed.delete(client)
      if (this.#wanted.delete(client)) return client
    }
    return undefined
  }

  #grow(): void {
    const larger = new Uint32Array(2 * this.#ring.length)
    larger.set(this.#ring.subarray(this.#first))
    larger.set(this.#ring.subarray(0, this.#first), this.#ring.length - this.#first)
    this.#ring = larger
    this.#first = 0
  }
}

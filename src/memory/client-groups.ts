import { grow } from './grow.js'
import type { ClientNumber } from './numbers.js'

/** Clients of a group are stored in blocks of so many words: the first links to the block before it, the others are clients. */
const BLOCK_WORDS = 16

/**
 * Client numbers in groups. A group is a chain of blocks, the newest first, so that adding a client takes constant time, all groups share one
 * array, and the clients of a group lie mostly side by side in memory. Removing one searches its group.
 */
export class ClientGroups {
  /** The first block stays empty, so that 0 stands for no block. */
  #words = new Uint32Array(BLOCK_WORDS)
  #usedWords = BLOCK_WORDS
  /** For each group, the index after its newest client; 0 for an empty group. */
  readonly #ends: Uint32Array
  /** Blocks that are free again. */
  readonly #freeBlocks: number[] = []
  readonly #sizes: Uint32Array

  constructor(groups: number) {
    this.#ends = new Uint32Array(groups)
    this.#sizes = new Uint32Array(groups)
  }

  /** The bytes of its arrays. */
  get bytes(): number {
    return this.#words.byteLength + this.#ends.byteLength + this.#sizes.byteLength
  }

  /** Adds a client that is in no group yet. */
  add(group: number, client: ClientNumber): void {
    const end = this.#ends[group] as number
    const at = end % BLOCK_WORDS === 0 ? this.#addBlock(end) : end
    this.#words[at] = client
    this.#ends[group] = at + 1
    this.#sizes[group] = (this.#sizes[group] as number) + 1
  }

  /** Takes a client out of its group; the newest takes its place. */
  delete(group: number, client: ClientNumber): void {
    const last = (this.#ends[group] as number) - 1
    this.#words[this.#indexOf(last, client)] = this.#words[last] as number
    this.#sizes[group] = (this.#sizes[group] as number) - 1
    if (last % BLOCK_WORDS === 1) {
      this.#ends[group] = this.#words[last - 1] as number
      this.#freeBlocks.push(last - 1)
    } else this.#ends[group] = last
  }

  /** How many clients a group has. */
  sizeOf(group: number): number {
    return this.#sizes[group] as number
  }

  /** Calls `onClient` with each client of a group, the newest first. */
  each(group: number, onClient: (client: ClientNumber) => void): void {
    for (let end = this.#ends[group] as number; end !== 0;) {
      const block = end - 1 - ((end - 1) % BLOCK_WORDS)
      for (let at = end - 1; at > block; at -= 1) onClient(this.#words[at] as ClientNumber)
      end = this.#words[block] as number
    }
  }

  /** The index of a client that is in the group whose newest client is at `last`. */
  #indexOf(last: number, client: ClientNumber): number {
    let at = last
    while (this.#words[at] !== client) {
      at -= 1
      if (at % BLOCK_WORDS === 0) at = (this.#words[at] as number) - 1
    }
    return at
  }

  /** Adds a block that links to the one that ends at `before`; gives the index of its first client. */
  #addBlock(before: number): number {
    const block = this.#freeBlocks.pop() ?? this.#newBlock()
    this.#words[block] = before
    return block + 1
  }

  #newBlock(): number {
    const block = this.#usedWords
    this.#usedWords += BLOCK_WORDS
    this.#words = grow(this.#words, this.#usedWords)
    return block
  }
}

/** The size of a chunk of memory that blocks are taken from, in words: large enough that there are few, small enough not to waste much. */
const CHUNK_WORDS = 64 * 1024
const CHUNK_BITS = 16
const CHUNK_MASK = CHUNK_WORDS - 1

const CHUNKS_PER_MIB = 4

/** The most words of a block. */
export const MAX_BLOCK_WORDS = 4_096

/**
 * The base-2 logarithm of how many block sizes there are from one power of two to the next. Nearly all reports have fewer than `FEW_WORDS`
 * words: with half as many sizes, a report of 98 bytes would take 112, and not 104.
 */
const FEW_WORDS = 32
const FEW_STEP_BITS = 3
const STEP_BITS = 2

const BYTES_PER_WORD = 4

/** What ends a list of free blocks. No block has this address. */
const NONE = 0xffff_ffff

/** The most chunks of an arena, 16 GiB less one chunk: addresses have 32 bits, and count words. */
const MAX_CHUNKS = 2 ** (32 - CHUNK_BITS) - 1

/**
 * Memory in words of 32 bits, outside of the garbage-collected heap: with a million objects there, collections would delay replies. A block
 * has an address. A freed block is used again for blocks of the same size; when more memory is idle than in use, or the arena cannot grow, it
 * is cut into smaller ones. There are few sizes: with one per word, blocks that are replaced by ever longer ones would leave behind free
 * blocks of each size that they had.
 */
export class Arena {
  readonly #words: Uint32Array[] = []
  readonly #bytes: Uint8Array[] = []
  /** The first free block of each size; in its first word is the next. */
  readonly #free = new Uint32Array(MAX_BLOCK_WORDS + 1).fill(NONE)
  /** How much of the last chunk is taken. */
  #taken = CHUNK_WORDS
  #usedWords = 0
  #idleWords = 0
  readonly #maxChunks: number

  constructor(maxChunks: number = MAX_CHUNKS) {
    this.#maxChunks = maxChunks
  }

  /** The words of the chunk that an address is in. */
  wordsAt(address: number): Uint32Array {
    return this.#words[address >>> CHUNK_BITS] as Uint32Array
  }

  /** Where in those words the block begins. */
  wordIndex(address: number): number {
    return address & CHUNK_MASK
  }

  /** The bytes of the same chunk. */
  bytesAt(address: number): Uint8Array {
    return this.#bytes[address >>> CHUNK_BITS] as Uint8Array
  }

  /** Where in those bytes the block begins. */
  byteIndex(address: number): number {
    return (address & CHUNK_MASK) * BYTES_PER_WORD
  }

  /** Takes a block of at least so many words, which are not cleared; returns its address. Throws a RangeError when the arena is full. */
  take(words: number): number {
    const size = sizeFor(words)
    const address = this.#find(size)
    this.#usedWords += size
    return address
  }

  /** Frees a block that was taken with so many words. */
  free(address: number, words: number): void {
    const size = sizeFor(words)
    this.#usedWords -= size
    this.#putAside(address, size)
  }

  #find(size: number): number {
    if (this.#free[size] !== NONE) return this.#reuse(size)
    const hasRoom = this.#taken + size <= CHUNK_WORDS
    const isFull = !hasRoom && this.#words.length === this.#maxChunks
    if (isFull || this.#idleWords > CHUNK_WORDS + this.#usedWords + size) {
      const larger = this.#largerThan(size)
      if (larger !== undefined) return this.#cut(larger, size)
    }
    if (!hasRoom) this.#grow()
    const address = (this.#words.length - 1) * CHUNK_WORDS + this.#taken
    this.#taken += size
    return address
  }

  /** The next larger size of which there is a free block; undefined if there is none. */
  #largerThan(words: number): number | undefined {
    for (let size = sizeFor(words + 1); size <= MAX_BLOCK_WORDS; size = sizeFor(size + 1))
      if (this.#free[size] !== NONE) return size
    return undefined
  }

  #reuse(size: number): number {
    const address = this.#free[size] as number
    this.#free[size] = this.wordsAt(address)[this.wordIndex(address)] as number
    this.#idleWords -= size
    return address
  }

  #cut(larger: number, size: number): number {
    const address = this.#reuse(larger)
    for (let at = size; at < larger;) {
      const piece = sizeWithin(larger - at)
      this.#putAside(address + at, piece)
      at += piece
    }
    return address
  }

  #putAside(address: number, size: number): void {
    this.#idleWords += size
    this.wordsAt(address)[this.wordIndex(address)] = this.#free[size] as number
    this.#free[size] = address
  }

  #grow(): void {
    if (this.#words.length === this.#maxChunks)
      throw new RangeError(
        `reports need more than ${this.#maxChunks / CHUNKS_PER_MIB} MiB of memory, which is the limit`,
      )
    const memory = new ArrayBuffer(CHUNK_WORDS * BYTES_PER_WORD)
    this.#words.push(new Uint32Array(memory))
    this.#bytes.push(new Uint8Array(memory))
    this.#taken = 0
  }
}

/** The smallest size that has room for so many words. */
function sizeFor(words: number): number {
  const step = stepFrom(words - 1)
  return Math.ceil(words / step) * step
}

/** The largest size that so many words have room for. */
function sizeWithin(words: number): number {
  return words - (words % stepFrom(words))
}

/** How many words there are from the size that is at most this, to the next. */
function stepFrom(words: number): number {
  const bits = words < FEW_WORDS ? FEW_STEP_BITS : STEP_BITS
  return 1 << Math.max(0, 31 - bits - Math.clz32(words))
}

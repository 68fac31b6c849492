import { copyBytes } from '../protocol/bytes.js'
import type { Arena } from './arena.js'
import type { RecordNumber } from './numbers.js'
import { hash, siphash, type HashKey } from './siphash.js'

/** A line of text in memory, without its line end. */
export interface RecordLine {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** The line of a record, and where in `bytes` its fields begin. One space ends each field but the last, which ends with the line. */
export interface RecordFields extends RecordLine {
  readonly client: number
  readonly position: number
  readonly time: number
}

/** The kind of a record, from 0 to 3. The callers define what the kinds mean. */
export type RecordKind = 0 | 1 | 2 | 3

/** The low bits of a record's first word have the length of its line in bytes; the bits above count the tables that hold the record. */
const LENGTH_BITS = 14
const LENGTH_MASK = 0x3fff
const ONE_HOLDER = 1 << LENGTH_BITS

/**
 * The second word has the kind and, in 10 bits each, where the client ID begins in the line, its length, and the length of the position.
 * If one of them does not fit, all of these bits are set, and two more words follow the line.
 */
const FIELD_BITS = 10
const FIELD_MASK = 0x3ff
const KIND_SHIFT = 3 * FIELD_BITS
const WIDE = 0x3fff_ffff
const WIDE_WORDS = 2

/** Then come the two words of its hash, the high one first, both 0 if it has not been hashed; then the line. */
const HASH_HIGH = 2
const HASH_LOW = 3
const HEAD_BYTES = 16

/** Lines in an arena, each with a kind, the offsets of its fields, a hash of 64 bits and a count of its holders. */
export class Records {
  readonly #arena: Arena
  readonly #key: HashKey

  constructor(key: HashKey, arena: Arena) {
    this.#arena = arena
    this.#key = key
  }

  /** Copies a line into a new record, which nobody holds yet. */
  store(fields: RecordFields, kind: RecordKind): RecordNumber {
    const { bytes, start, end, client, position, time } = fields
    const length = end - start
    const [offset, idLength, positionLength] = [client - start, position - 1 - client, time - 1 - position]
    const isWide = offset > FIELD_MASK || idLength > FIELD_MASK || positionLength >= FIELD_MASK
    const line = lineWords(length)
    const record = this.#arena.take(line + (isWide ? WIDE_WORDS : 0)) as RecordNumber
    const words = this.#arena.wordsAt(record)
    const index = this.#arena.wordIndex(record)
    words[index] = length
    const packed = isWide ? WIDE : (offset << (2 * FIELD_BITS)) | (idLength << FIELD_BITS) | positionLength
    words[index + 1] = (kind << KIND_SHIFT) | packed
    words[index + HASH_HIGH] = 0
    words[index + HASH_LOW] = 0
    if (isWide) {
      words[index + line] = (offset << 16) | idLength
      words[index + line + 1] = positionLength
    }
    copyBytes(bytes, start, end, this.#arena.bytesAt(record), this.#arena.byteIndex(record) + HEAD_BYTES)
    return record
  }

  kind(record: RecordNumber): RecordKind {
    return (this.#word(record, 1) >>> KIND_SHIFT) as RecordKind
  }

  /** Valid as long as a table holds the record. */
  line(record: RecordNumber): RecordLine {
    const start = this.#arena.byteIndex(record) + HEAD_BYTES
    return { bytes: this.#arena.bytesAt(record), start, end: start + this.length(record) }
  }

  /** Valid as long as a table holds the record. */
  fields(record: RecordNumber): RecordFields {
    const start = this.#arena.byteIndex(record) + HEAD_BYTES
    const end = start + this.length(record)
    const packed = this.#word(record, 1) & WIDE
    let client = start + (packed >>> (2 * FIELD_BITS))
    let position = client + ((packed >>> FIELD_BITS) & FIELD_MASK) + 1
    let time = position + (packed & FIELD_MASK) + 1
    if (packed === WIDE) {
      const line = lineWords(end - start)
      const first = this.#word(record, line)
      client = start + (first >>> 16)
      position = client + (first & 0xffff) + 1
      time = position + this.#word(record, line + 1) + 1
    }
    return { bytes: this.#arena.bytesAt(record), start, client, position, time, end }
  }

  /** Whether a record is of the client whose ID is in these bytes. */
  isOf(record: RecordNumber, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#arena.bytesAt(record)
    const packed = this.#word(record, 1) & WIDE
    const isWide = packed === WIDE
    const first = isWide ? this.#word(record, lineWords(this.length(record))) : 0
    const offset = isWide ? first >>> 16 : packed >>> (2 * FIELD_BITS)
    const length = isWide ? first & 0xffff : (packed >>> FIELD_BITS) & FIELD_MASK
    if (length !== end - start) return false
    const shift = this.#arena.byteIndex(record) + HEAD_BYTES + offset - start
    for (let index = start; index < end; index += 1) if (own[index + shift] !== bytes[index]) return false
    return true
  }

  /** The end of the bytes from `start` that are the line of a record; -1 if others are there. */
  endOfSame(record: RecordNumber, bytes: Uint8Array, start: number): number {
    const own = this.#arena.bytesAt(record)
    const shift = this.#arena.byteIndex(record) + HEAD_BYTES - start
    const end = start + this.length(record)
    for (let index = start; index < end; index += 1) if (own[index + shift] !== bytes[index]) return -1
    return end
  }

  /** The two words of a record's hash, which is computed when it is first needed. */
  hashHigh(record: RecordNumber): number {
    this.#hash(record)
    return this.#word(record, HASH_HIGH)
  }

  hashLow(record: RecordNumber): number {
    this.#hash(record)
    return this.#word(record, HASH_LOW)
  }

  /** Counts one more holder of a record. */
  hold(record: RecordNumber): void {
    const words = this.#arena.wordsAt(record)
    const index = this.#arena.wordIndex(record)
    words[index] = (words[index] as number) + ONE_HOLDER
  }

  /** Counts one holder less. When none is left, the memory of the record is freed. */
  release(record: RecordNumber): void {
    const words = this.#arena.wordsAt(record)
    const index = this.#arena.wordIndex(record)
    const left = (words[index] as number) - ONE_HOLDER
    words[index] = left
    if (left >= ONE_HOLDER) return
    const isWide = ((words[index + 1] as number) & WIDE) === WIDE
    this.#arena.free(record, lineWords(left) + (isWide ? WIDE_WORDS : 0))
  }

  /**
   * Reads the memory of a record, so that it is in the processor's caches when it is needed. The result means nothing; it is returned so
   * that the reading is not optimized away.
   */
  touch(record: RecordNumber): number {
    const words = this.#arena.wordsAt(record)
    const index = this.#arena.wordIndex(record)
    // A record lies in two or three cache lines.
    const length = lineWords((words[index] as number) & LENGTH_MASK)
    return (words[index + (length >>> 1)] as number) ^ (words[index + length - 1] as number)
  }

  #hash(record: RecordNumber): void {
    const words = this.#arena.wordsAt(record)
    const index = this.#arena.wordIndex(record)
    if (words[index + HASH_HIGH] !== 0 || words[index + HASH_LOW] !== 0) return
    const { bytes, start, end } = this.line(record)
    siphash(this.#key, bytes, start, end)
    words[index + HASH_HIGH] = hash.high
    words[index + HASH_LOW] = hash.low
  }

  /** How many bytes the line of a record has. */
  length(record: RecordNumber): number {
    return this.#word(record, 0) & LENGTH_MASK
  }

  #word(record: RecordNumber, word: number): number {
    return this.#arena.wordsAt(record)[this.#arena.wordIndex(record) + word] as number
  }
}

/** How many words a record has up to the end of its line. */
function lineWords(lineBytes: number): number {
  return (HEAD_BYTES + lineBytes + 3) >>> 2
}

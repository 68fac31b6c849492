import { LF, toBytes, toText } from './bytes.js'
import { ENDS, FIELDS, resetWords, tokenize, SEARCHED, STARTS, WORDS_PER_LINE } from './tokenizer.js'

/**
 * The maximum length of a command line in bytes, without its line end. The longest ordinary command takes a few hundred bytes;
 * the rest leaves room for long client IDs.
 */
export const MAX_LINE_BYTES = 4_096

/** How many bytes of an overlong line are kept, so that the refusal can quote them. */
export const OVERLONG_HEAD_BYTES = 64

const NOTHING = new Uint8Array(0)

/** A line in memory, without its line end, and the offsets of its fields. Valid until the next line is read or more bytes are pushed. */
export interface Line {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** Whether the line exceeds the limit. If so, this is only its head, and it has no fields. */
  readonly isOverlong: boolean
  /** The number of fields: runs of bytes that are not white space. */
  readonly fieldCount: number
  /** The offset in `bytes` at which a field starts. Only the first eight fields have offsets. */
  fieldStart(index: number): number
  fieldEnd(index: number): number
}

/** The maximum number of lines in a batch: enough that the cache misses of their table entries overlap. */
export const MAX_BATCH_LINES = 64

/** Whole lines that were tokenized but not read yet. Valid until any reader tokenizes the next batch. */
export interface LineBatch {
  readonly bytes: Uint8Array
  readonly count: number
  fieldCount(line: number): number
  /** The offset in `bytes` at which a field starts. Only the first eight fields have offsets. */
  fieldStart(line: number, index: number): number
  fieldEnd(line: number, index: number): number
}

/** All readers share one batch, since only one of them reads at a time. */
class TokenizedBatch implements LineBatch {
  readonly words = new Int32Array(MAX_BATCH_LINES * WORDS_PER_LINE)
  readonly starts = new Int32Array(MAX_BATCH_LINES)
  /** The reader whose lines these are. */
  reader: LineReader | undefined
  /** The number of tokenized lines, and how many of them have been read. */
  count = 0
  read = 0
  bytes: Uint8Array = NOTHING

  fieldCount(line: number): number {
    return this.words[line * WORDS_PER_LINE + FIELDS] as number
  }

  fieldStart(line: number, index: number): number {
    return (this.starts[line] as number) + (this.words[line * WORDS_PER_LINE + STARTS + index] as number)
  }

  fieldEnd(line: number, index: number): number {
    return (this.starts[line] as number) + (this.words[line * WORDS_PER_LINE + ENDS + index] as number)
  }
}

const batch = new TokenizedBatch()

/**
 * Splits a stream of bytes into lines and fields, however the network divided it into chunks. Only LF ends a line. The caller reads one
 * line at a time and may stop after any of them. Memory is bounded: a line over the limit is reported once, as soon as it exceeds the
 * limit, and skipped to its end.
 */
export class LineReader implements Line {
  /** The maximum length of a line in bytes. */
  maxBytes: number
  bytes: Uint8Array = NOTHING
  start = 0
  end = 0
  isOverlong = false
  fieldCount = 0
  /** The tokenizer's words for the unfinished line. */
  readonly #unfinished = new Int32Array(WORDS_PER_LINE)
  /** The tokenizer's words for the line that is being read, from an index on. */
  #words = this.#unfinished
  #index = 0
  /** Where the unread bytes start and end in `bytes`. */
  #at = 0
  #to = 0
  #isSkipping = false

  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.maxBytes = maxBytes
  }

  fieldStart(index: number): number {
    return this.start + (this.#words[this.#index + STARTS + index] as number)
  }

  fieldEnd(index: number): number {
    return this.start + (this.#words[this.#index + ENDS + index] as number)
  }

  /** The number of received bytes that were not searched for a line end yet. */
  get unreadBytes(): number {
    return this.#to - this.#at - this.#searched
  }

  /** Adds a chunk. It is kept, not copied, until its lines are read, unless bytes of an earlier chunk are left. */
  push(chunk: Uint8Array): void {
    const left = this.#to - this.#at
    if (left === 0) {
      this.bytes = chunk
      this.#at = 0
      this.#to = chunk.length
      return
    }
    // A chunk that was not copied is full. Only a copy has room after its end.
    if (this.#to + chunk.length > this.bytes.length) this.#copy(left, chunk.length)
    this.bytes.set(chunk, this.#to)
    this.#to += chunk.length
  }

  /** The sender will send no more: bytes that are left without a line end become the last line. */
  finish(): void {
    if (this.#to > this.#at && this.bytes[this.#to - 1] !== LF) this.push(Uint8Array.of(LF))
  }

  /**
   * Tokenizes the next lines without reading them: at most `maxLines`, and none that starts after `maxBytes`. The batch is empty while a
   * line is partly searched, because that line must be read first.
   */
  tokenizeAhead(maxLines: number, maxBytes: number): LineBatch {
    batch.reader = this
    batch.bytes = this.bytes
    batch.count = 0
    batch.read = 0
    const limit = this.#isSkipping || this.#searched > 0 ? 0 : Math.min(maxLines, MAX_BATCH_LINES)
    const end = Math.min(this.#to, this.#at + maxBytes)
    for (let at = this.#at; batch.count < limit && at < end; batch.count += 1) {
      const index = batch.count * WORDS_PER_LINE
      resetWords(batch.words, index)
      if (!tokenize(this.bytes, at, this.#to, batch.words, index)) break
      batch.starts[batch.count] = at
      at += (batch.words[index + SEARCHED] as number) + 1
    }
    return batch
  }

  /** Whether the next line is already tokenized. */
  get hasTokenized(): boolean {
    return batch.reader === this && batch.read < batch.count
  }

  /** Reads the next line. Returns false if no further line has arrived completely. */
  next(): boolean {
    for (;;) {
      const hasEnded = this.#find()
      const wasSkipping = this.#isSkipping
      if (!hasEnded) return this.#isTooLong ? this.#skip() : this.#releaseWhenEmpty()
      this.start = this.#at
      this.end = this.#at + (this.#words[this.#index + SEARCHED] as number)
      this.fieldCount = this.#words[this.#index + FIELDS] as number
      this.#at = this.end + 1
      resetWords(this.#unfinished, 0)
      this.#isSkipping = false
      if (wasSkipping) continue
      this.isOverlong = this.end - this.start > this.maxBytes
      if (this.isOverlong) this.#truncate()
      return true
    }
  }

  /** Searches for the end of the next line. Returns whether it has arrived. */
  #find(): boolean {
    if (!this.hasTokenized) {
      this.#words = this.#unfinished
      this.#index = 0
      return tokenize(this.bytes, this.#at, this.#to, this.#unfinished, 0)
    }
    this.#words = batch.words
    this.#index = batch.read * WORDS_PER_LINE
    batch.read += 1
    return true
  }

  get #searched(): number {
    return this.#unfinished[SEARCHED] as number
  }

  get #isTooLong(): boolean {
    return this.#isSkipping || this.#searched > this.maxBytes
  }

  // When nothing is left, the last chunk is released: a connection can be silent for a long time.
  #releaseWhenEmpty(): boolean {
    if (this.#at === this.#to) this.bytes = NOTHING
    return false
  }

  // Drops what has arrived of a line that is too long. The line is reported when it exceeds the limit, and not again at its end.
  #skip(): boolean {
    const wasSkipping = this.#isSkipping
    this.start = this.#at
    this.end = this.#to
    this.#at = this.#to
    resetWords(this.#unfinished, 0)
    this.#isSkipping = true
    this.isOverlong = true
    this.#truncate()
    return wasSkipping ? this.#releaseWhenEmpty() : true
  }

  #truncate(): void {
    this.end = Math.min(this.end, this.start + OVERLONG_HEAD_BYTES)
    this.fieldCount = 0
  }

  #copy(left: number, more: number): void {
    // Twice the size that is needed, so that a line that arrives byte by byte is not copied for each byte.
    const copy = new Uint8Array(2 * (left + more))
    copy.set(this.bytes.subarray(this.#at, this.#to))
    this.bytes = copy
    this.#at = 0
    this.#to = left
  }
}

/** A line as latin1 text. An overlong line is given as its head and `...`. */
export function textOf({ bytes, start, end, isOverlong }: Line): string {
  return isOverlong ? `${toText(bytes, start, end)}...` : toText(bytes, start, end)
}

/** Makes a line from latin1 text without a line end. */
export function lineOf(text: string): Line {
  const reader = new LineReader(Infinity)
  reader.push(toBytes(`${text}\n`))
  reader.next()
  return reader
}

import { LF, SPACE, toText } from './bytes.js'

/**
 * The most bytes of a command line, its line end not counted. The longest honest command is a few hundred bytes;
 * the rest is room for long client IDs.
 */
export const MAX_LINE_BYTES = 4_096

/** How much of an overlong line is kept, to tell its sender which one it was. */
export const OVERLONG_HEAD_BYTES = 64

/** No command has more fields than this; of a line with more they are counted only. */
const FIELDS_KEPT = 8

const NOTHING = Buffer.alloc(0)

/** The least and the greatest of tab, LF, vertical tab, form feed and CR, which with space are the white space of the protocol. */
const TAB = 9
const CR = 13

/** A line in memory, without its line end, and where its fields are. Valid until the next line is read, or more is pushed. */
export interface Line {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Whether it is longer than a line may be; then this is its head, and it has no fields. */
  readonly isOverlong: boolean
  /** How many fields it has: its runs of bytes that are not white space. */
  readonly fieldCount: number
  /** Where a field starts and ends in `bytes`, of the first eight. */
  fieldStart(index: number): number
  fieldEnd(index: number): number
}

/**
 * Cuts a stream of bytes into lines and fields, wherever the network cut it into pieces. Only LF ends a line. Whoever reads it takes
 * one line after the other, and may stop between two. Memory is bounded: a line over the limit is told once, as soon as it is over,
 * and skipped to its end.
 */
export class LineReader implements Line {
  /** The most bytes of a line. */
  maxBytes: number
  bytes: Buffer = NOTHING
  start = 0
  end = 0
  isOverlong = false
  fieldCount = 0
  // Relative to the start of the line, so that a line that comes in pieces can be moved.
  readonly #starts = new Int32Array(FIELDS_KEPT)
  readonly #ends = new Int32Array(FIELDS_KEPT)
  #isInField = false
  /** How much of the unfinished line is searched. */
  #searched = 0
  /** Where the unfinished line, and what follows it, starts and ends. */
  #at = 0
  #to = 0
  #isSkipping = false

  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.maxBytes = maxBytes
  }

  fieldStart(index: number): number {
    return this.start + (this.#starts[index] as number)
  }

  fieldEnd(index: number): number {
    return this.start + (this.#ends[index] as number)
  }

  /** How many bytes have come in which no line was looked for yet. */
  get unreadBytes(): number {
    return this.#to - this.#at - this.#searched
  }

  /** Takes what has arrived. It is kept, not copied, until its lines are read; only what is left of an earlier piece is. */
  push(piece: Buffer): void {
    const left = this.#to - this.#at
    if (left === 0) {
      this.bytes = piece
      this.#at = 0
      this.#to = piece.length
      return
    }
    // A piece that was taken as it came is full: only a copy of ours has room behind its end.
    if (this.#to + piece.length > this.bytes.length) this.#move(left, piece.length)
    this.bytes.set(piece, this.#to)
    this.#to += piece.length
  }

  /** The sender is done: what is left without a line end is a last line. */
  finish(): void {
    if (this.#to > this.#at && this.bytes[this.#to - 1] !== LF) this.push(Buffer.from([LF]))
  }

  /** Reads the next line; gives whether there was one in what has come so far. */
  next(): boolean {
    for (;;) {
      const lineEnd = this.#search()
      const wasSkipping = this.#isSkipping
      if (lineEnd === -1) return this.#isTooLong ? this.#skip() : this.#rest()
      this.start = this.#at
      this.end = lineEnd
      this.#at = lineEnd + 1
      this.#isSkipping = false
      if (wasSkipping) continue
      this.isOverlong = this.end - this.start > this.maxBytes
      if (this.isOverlong) this.#behead()
      return true
    }
  }

  /** Searches for the line end, and notes the fields before it; -1 if it has not come yet. */
  #search(): number {
    const { bytes } = this
    const at = this.#at
    const to = this.#to
    let isInField = this.#isInField
    let fieldCount = this.#searched === 0 ? 0 : this.fieldCount
    for (let index = at + this.#searched; index < to; index += 1) {
      const byte = bytes[index] as number
      // By far the most bytes are in the midst of a field.
      if (byte > SPACE && isInField) continue
      const isWhite = byte === SPACE || (byte <= CR && byte >= TAB)
      if (isWhite === isInField) {
        if (isWhite) this.#ends[fieldCount - 1] = index - at
        else {
          this.#starts[fieldCount] = index - at
          fieldCount += 1
        }
        isInField = !isWhite
      }
      if (byte === LF) {
        this.fieldCount = fieldCount
        this.#isInField = false
        this.#searched = 0
        return index
      }
    }
    this.fieldCount = fieldCount
    this.#isInField = isInField
    this.#searched = to - at
    return -1
  }

  get #isTooLong(): boolean {
    return this.#isSkipping || this.#searched > this.maxBytes
  }

  // With nothing left, the piece that came last is let go of: a connection can be silent for long.
  #rest(): boolean {
    if (this.#at === this.#to) this.bytes = NOTHING
    return false
  }

  // What has come of a line that is too long is let go of. It is told when it has become too long, not again at its end.
  #skip(): boolean {
    const wasSkipping = this.#isSkipping
    this.start = this.#at
    this.end = this.#to
    this.#at = this.#to
    this.#searched = 0
    this.#isInField = false
    this.#isSkipping = true
    this.isOverlong = true
    this.#behead()
    return wasSkipping ? this.#rest() : true
  }

  #behead(): void {
    this.end = Math.min(this.end, this.start + OVERLONG_HEAD_BYTES)
    this.fieldCount = 0
  }

  #move(left: number, more: number): void {
    // Twice as much as is needed: a line that comes byte by byte is not moved with each of them.
    const own = Buffer.alloc(2 * (left + more))
    own.set(this.bytes.subarray(this.#at, this.#to))
    this.bytes = own
    this.#at = 0
    this.#to = left
  }
}

/** A line as latin1 text; of one that is too long, its head and `...`. */
export function textOf({ bytes, start, end, isOverlong }: Line): string {
  return isOverlong ? `${toText(bytes, start, end)}...` : toText(bytes, start, end)
}

/** A line of latin1 text, without its line end, as if it had been read. */
export function lineOf(text: string): Line {
  const reader = new LineReader(Infinity)
  reader.push(Buffer.from(`${text}\n`, 'latin1'))
  reader.next()
  return reader
}

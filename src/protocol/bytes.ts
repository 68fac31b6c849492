// Wire data stays bytes from one socket to the next. It becomes text only for people.
//
// This is the only module of the inner rings that uses Node's Buffer, to make text from bytes and bytes from text: without it that takes
// five times as long. All others take any Uint8Array, so that a browser needs a replacement for this file only.

export const LF = 10
export const SPACE = 32
export const PLUS = 43
export const MINUS = 45
export const POINT = 46
export const ZERO = 48

/** Latin1 text as bytes, one byte per character. */
export function toBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Bytes as latin1 text, one character per byte. */
export function toText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const buffer =
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('latin1', start, end)
}

/** Whether bytes are equal to a latin1 text. */
export function spells(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false
  for (let index = 0; index < text.length; index += 1)
    if (bytes[start + index] !== text.charCodeAt(index)) return false
  return true
}

/** Compares bytes lexicographically: negative if `a` comes first, positive if `b` does, 0 if they are equal. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aLength = aEnd - aStart
  const bLength = bEnd - bStart
  const length = Math.min(aLength, bLength)
  for (let index = 0; index < length; index += 1) {
    const difference = (a[aStart + index] as number) - (b[bStart + index] as number)
    if (difference !== 0) return difference
  }
  return aLength - bLength
}

/** Reads a signed little-endian 32-bit number. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}

/** For fewer bytes, such as those of a report, calling the built-in copy costs more than a loop. */
const FEW_BYTES = 256

/** Copies bytes. */
export function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > FEW_BYTES) {
    to.set(from.subarray(start, end), at)
    return
  }
  const shift = at - start
  for (let index = start; index < end; index += 1) to[index + shift] = from[index] as number
}

/** The capacity that a writer keeps after `take`. */
const MAX_KEPT_BYTES = 256 * 1024

/** A growing buffer. Written bytes keep their offsets until `clear`, but `bytes` may be another array after each `reserve`. */
export class ByteWriter {
  bytes: Buffer
  /** The number of bytes written. */
  length = 0

  constructor(capacity = 4_096) {
    this.bytes = Buffer.alloc(capacity)
  }

  /** Makes room for `length` more bytes. */
  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const larger = Buffer.alloc(Math.max(needed, 2 * this.bytes.length))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  text(text: string): void {
    this.reserve(text.length)
    this.length += this.bytes.write(text, this.length, 'latin1')
  }

  /** Writes the last `count` digits of a whole number of at most 2^53, padded with zeros. */
  digits(number: number, places: number): void {
    this.reserve(places)
    let rest = number
    for (let at = this.length + places - 1; at >= this.length; at -= 1) {
      const tenth = Math.floor(rest / 10)
      this.bytes[at] = ZERO + rest - 10 * tenth
      rest = tenth
    }
    this.length += places
  }

  copy(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    copyBytes(from, start, end, this.bytes, this.length)
    this.length += end - start
  }

  byte(byte: number): void {
    this.reserve(1)
    this.bytes[this.length] = byte
    this.length += 1
  }

  /** Removes the written bytes and returns a copy of them. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.length))
    this.length = 0
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = Buffer.alloc(MAX_KEPT_BYTES)
    return taken
  }
}

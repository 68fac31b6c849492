import { toText, ZERO, type ByteWriter } from './bytes.js'
import { isDigit, wholeIn } from './decimal.js'
import type { Line } from './lines.js'

/** A sequence of digests, each of two 32-bit words, the high one first. */
export type Digests = Uint32Array

/**
 * Anti-entropy messages: two linked servers compare their tables and exchange only reports that differ. Each sends the digest of its whole
 * table. If they differ, one of them replies with the digests of its buckets; the other sends, for each bucket that differs, the digests of
 * its reports; then each gets from the other what it lacks.
 */
export type SyncMessage =
  | { readonly kind: 'digest'; readonly digest: string; readonly clients: number }
  | { readonly kind: 'buckets'; readonly digests: Digests }
  | { readonly kind: 'have'; readonly bucket: number; readonly digests: Digests }
  | { readonly kind: 'want'; readonly bucket: number; readonly digests: Digests }

/** Formats a sync message as a line, without line end; each digest is 16 hexadecimal digits, without separators. */
export function writeSync(out: ByteWriter, message: SyncMessage): void {
  switch (message.kind) {
    case 'digest':
      out.text(`DIGEST ${message.digest} ${message.clients}`)
      return
    case 'buckets':
      out.text('BUCKETS ')
      break
    case 'have':
      out.text(`HAVE ${message.bucket} `)
      break
    case 'want':
      out.text(`WANT ${message.bucket} `)
  }
  const { digests } = message
  out.reserve(DIGITS_PER_WORD * digests.length)
  for (const word of digests) writeWord(out, word)
}

/** Parses such a line, whose name is given; undefined if it is invalid. */
export function parseSync(name: 'DIGEST' | 'BUCKETS' | 'HAVE' | 'WANT', line: Line): SyncMessage | undefined {
  const { fieldCount } = line
  switch (name) {
    case 'DIGEST': {
      if (fieldCount !== 3) return undefined
      const clients = parseCount(line, 2)
      if (clients === undefined || parseDigests(line, 1)?.length !== 2) return undefined
      return { kind: 'digest', digest: toText(line.bytes, line.fieldStart(1), line.fieldEnd(1)), clients }
    }
    case 'BUCKETS': {
      const digests = fieldCount === 2 ? parseDigests(line, 1) : undefined
      return digests && { kind: 'buckets', digests }
    }
    case 'HAVE':
    case 'WANT': {
      if (fieldCount !== 2 && fieldCount !== 3) return undefined
      const bucket = parseCount(line, 1)
      const digests = fieldCount === 2 ? NONE : parseDigests(line, 2)
      if (bucket === undefined || !digests) return undefined
      return { kind: name === 'HAVE' ? 'have' : 'want', bucket, digests }
    }
  }
}

/** A digest as text, 16 hexadecimal digits. */
export function formatDigest(high: number, low: number): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

const NONE = new Uint32Array(0)
const DIGITS_PER_WORD = 8
const MAX_COUNT_DIGITS = 9

/** `a`, the first of the hexadecimal digits that are letters. */
const LETTER_A = 97

/** Writes a word in hexadecimal; the buffer must have room for it. */
function writeWord(out: ByteWriter, word: number): void {
  const { bytes, length } = out
  for (let index = 0; index < DIGITS_PER_WORD; index += 1) {
    const digit = (word >>> (28 - 4 * index)) & 15
    bytes[length + index] = digit < 10 ? ZERO + digit : LETTER_A - 10 + digit
  }
  out.length = length + DIGITS_PER_WORD
}

function parseDigests(line: Line, field: number): Digests | undefined {
  const [start, end] = [line.fieldStart(field), line.fieldEnd(field)]
  const words = (end - start) / DIGITS_PER_WORD
  if (words % 2 !== 0) return undefined
  const digests = new Uint32Array(words)
  for (let at = start; at < end; at += 1) {
    const byte = line.bytes[at] as number
    const digit = isDigit(byte) ? byte - ZERO : byte - LETTER_A + 10
    if (digit > 15 || (digit < 10 && !isDigit(byte))) return undefined
    const word = Math.trunc((at - start) / DIGITS_PER_WORD)
    digests[word] = ((digests[word] as number) << 4) | digit
  }
  return digests
}

function parseCount(line: Line, field: number): number | undefined {
  return wholeIn(line.bytes, line.fieldStart(field), line.fieldEnd(field), MAX_COUNT_DIGITS)
}

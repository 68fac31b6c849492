import { toText, ZERO, type ByteWriter } from './bytes.js'
import { isDigit, wholeIn } from './decimal.js'
import { fieldText } from './line-fields.js'
import type { Line } from './lines.js'

/** A sequence of digests, each of two 32-bit words, the high one first. */
export type Digests = Uint32Array

/** What a server keeps and what its digest is of: of its reports from the time `from` on. All are in seconds, the times since 1970. */
export interface DigestRange {
  /** Older reports have expired there; 0 if it keeps all. */
  readonly cutoff: number
  /** The step in which its cutoff moves; 0 if it keeps all. */
  readonly step: number
  readonly from: number
}

/**
 * Anti-entropy messages: two linked servers compare their tables and exchange only reports that differ. Each sends the digest of its whole
 * table. If they differ, one of them replies with the digests of its buckets; the other sends, for each bucket that differs, the digests of
 * its reports; then each gets from the other what it lacks. If one of them drops reports sooner, all of this is about those that both keep: from
 * the time `from` on, which is left out if it is 0.
 */
export type SyncMessage =
  | {
      readonly kind: 'digest'
      readonly digest: string
      readonly clients: number
      readonly range?: DigestRange | undefined
    }
  | { readonly kind: 'buckets'; readonly digests: Digests; readonly from?: number | undefined }
  | {
      readonly kind: 'have'
      readonly bucket: number
      readonly digests: Digests
      readonly from?: number | undefined
    }
  | { readonly kind: 'want'; readonly bucket: number; readonly digests: Digests }

/** The feature of a server that understands the times in these messages. */
export const CUTOFFS = 'cutoffs'

/**
 * Formats a sync message as a line, without line end; each digest is 16 hexadecimal digits, without separators. Without `knowsCutoffs`, times are
 * left out, for a neighbour that does not know them.
 */
export function writeSync(out: ByteWriter, message: SyncMessage, knowsCutoffs = true): void {
  switch (message.kind) {
    case 'digest': {
      out.text(`DIGEST ${message.digest} ${message.clients}`)
      const { range } = message
      if (range && knowsCutoffs) out.text(` ${range.cutoff} ${range.step} ${range.from}`)
      return
    }
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
  if (message.kind === 'want' || message.from === undefined || !knowsCutoffs) return
  if (digests.length === 0) out.text(NO_DIGESTS)
  out.text(` ${message.from}`)
}

/** Parses such a line, whose name is given; undefined if it is invalid. */
export function parseSync(name: 'DIGEST' | 'BUCKETS' | 'HAVE' | 'WANT', line: Line): SyncMessage | undefined {
  const { fieldCount } = line
  switch (name) {
    case 'DIGEST':
      return parseDigestLine(line)
    case 'BUCKETS': {
      if (fieldCount !== 2 && fieldCount !== 3) return undefined
      const digests = parseDigests(line, 1)
      if (fieldCount === 2) return digests && { kind: 'buckets', digests }
      const from = parseSeconds(line, 2)
      return digests && from !== undefined ? { kind: 'buckets', digests, from } : undefined
    }
    case 'HAVE':
    case 'WANT': {
      if (fieldCount === 4 && name === 'HAVE') return parseLaterHave(line)
      if (fieldCount !== 2 && fieldCount !== 3) return undefined
      const bucket = parseCount(line, 1)
      const digests = fieldCount === 2 ? NONE : parseDigests(line, 2)
      if (bucket === undefined || !digests) return undefined
      return { kind: name === 'HAVE' ? 'have' : 'want', bucket, digests }
    }
  }
}

function parseDigestLine(line: Line): SyncMessage | undefined {
  const { fieldCount } = line
  if (fieldCount !== 3 && fieldCount !== 6) return undefined
  const clients = parseCount(line, 2)
  if (clients === undefined || parseDigests(line, 1)?.length !== 2) return undefined
  const digest = toText(line.bytes, line.fieldStart(1), line.fieldEnd(1))
  if (fieldCount === 3) return { kind: 'digest', digest, clients }
  const [cutoff, step, from] = [parseSeconds(line, 3), parseSeconds(line, 4), parseSeconds(line, 5)]
  if (cutoff === undefined || step === undefined || from === undefined) return undefined
  return { kind: 'digest', digest, clients, range: { cutoff, step, from } }
}

/** Parses a HAVE with a time. */
function parseLaterHave(line: Line): SyncMessage | undefined {
  const [bucket, from] = [parseCount(line, 1), parseSeconds(line, 3)]
  const digests = fieldText(line, 2) === NO_DIGESTS ? NONE : parseDigests(line, 2)
  return bucket === undefined || from === undefined || !digests
    ? undefined
    : { kind: 'have', bucket, digests, from }
}

/** A digest as text, 16 hexadecimal digits. */
export function formatDigest(high: number, low: number): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

const NONE = new Uint32Array(0)
const DIGITS_PER_WORD = 8
const MAX_COUNT_DIGITS = 9

/** Stands for no digests in a line with a time after them. */
const NO_DIGESTS = '-'

/** As many digits of a time in seconds as a double holds exactly. */
const MAX_SECONDS_DIGITS = 15

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

function parseSeconds(line: Line, field: number): number | undefined {
  return wholeIn(line.bytes, line.fieldStart(field), line.fieldEnd(field), MAX_SECONDS_DIGITS)
}

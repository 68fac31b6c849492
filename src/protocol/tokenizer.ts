import { LF, SPACE } from './bytes.js'

/** No command has more fields. Further fields of a line are only counted. */
const FIELDS_KEPT = 8

/** The lowest and the highest of tab, LF, vertical tab, form feed and CR, which with space are the white space of the protocol. */
const TAB = 9
const CR = 13

/**
 * The words that describe a line: how many of its bytes are searched, how many fields have begun, whether the last field goes on, and the
 * starts and ends of the first eight fields. All offsets are relative to the start of the line, so that a line that arrives in chunks can be
 * moved.
 */
export const WORDS_PER_LINE = 3 + 2 * FIELDS_KEPT
export const SEARCHED = 0
export const FIELDS = 1
const IN_FIELD = 2
export const STARTS = 3
export const ENDS = STARTS + FIELDS_KEPT

/** Resets the words at an index, for a line that has not been searched. */
export function resetWords(words: Int32Array, at: number): void {
  words[at + SEARCHED] = 0
  words[at + FIELDS] = 0
  words[at + IN_FIELD] = 0
}

/**
 * Searches a line for its end, continuing where the last search stopped, and stores its fields in the words at an index. Returns whether
 * the end was found; then the number of searched bytes is the length of the line.
 */
export function tokenize(
  bytes: Uint8Array,
  start: number,
  to: number,
  words: Int32Array,
  at: number,
): boolean {
  let fields = words[at + FIELDS] as number
  let isInField = words[at + IN_FIELD] === 1
  let index = start + (words[at + SEARCHED] as number)
  let hasEnded = false
  for (; index < to; index += 1) {
    const byte = bytes[index] as number
    // Nearly all bytes are inside a field.
    if (byte > SPACE && isInField) continue
    const isWhite = byte === SPACE || (byte <= CR && byte >= TAB)
    if (isWhite === isInField) {
      if (!isWhite) fields += 1
      if (fields <= FIELDS_KEPT) words[at + (isWhite ? ENDS : STARTS) + fields - 1] = index - start
      isInField = !isWhite
    }
    if (byte === LF) {
      hasEnded = true
      break
    }
  }
  words[at + SEARCHED] = index - start
  words[at + FIELDS] = fields
  words[at + IN_FIELD] = isInField ? 1 : 0
  return hasEnded
}

import { toText } from './bytes.js'
import type { Line } from './lines.js'

/** The feature of a server that understands `MEMORY`. */
export const MEMORY = 'memory'

/**
 * Formats what a server announces to its neighbours, without line end: `MEMORY full` while its memory for reports is at its limit, so that
 * they admit no new clients, and `MEMORY free` when it is not any more. Until one has come, it is free.
 */
export function formatMemory(isFull: boolean): string {
  return `MEMORY ${isFull ? 'full' : 'free'}`
}

/** Parses such a line, whose name is given: whether the memory is full; undefined if it is invalid. */
export function parseMemory(line: Line): boolean | undefined {
  if (line.fieldCount !== 2) return undefined
  const word = toText(line.bytes, line.fieldStart(1), line.fieldEnd(1))
  return word === 'full' ? true : word === 'free' ? false : undefined
}

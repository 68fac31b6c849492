import { spells, toText } from './bytes.js'
import { endAtMost } from './decimal.js'
import type { Line } from './lines.js'

/** A field of a line as latin1 text. */
export function fieldText(line: Line, field: number): string {
  return toText(line.bytes, line.fieldStart(field), line.fieldEnd(field))
}

/** Whether a field is a decimal that is at most `limit`, a small whole number. */
export function isDecimalUpTo(line: Line, field: number, limit: number): boolean {
  const [start, end] = [line.fieldStart(field), line.fieldEnd(field)]
  return endAtMost(line.bytes, start, end, limit) === end
}

/** Whether a field of a line, by default its name, is this text. */
export function isNamed(line: Line, name: string, field = 0): boolean {
  return spells(line.bytes, line.fieldStart(field), line.fieldEnd(field), name)
}

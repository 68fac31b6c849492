import { MINUS } from '../../protocol/bytes.js'
import { isDigit } from '../../protocol/decimal.js'

/** Far more than apps send. A megabyte of brackets would take JSON.parse most of a second, and one of commas a quarter. */
const MAX_DEPTH = 100
const MAX_COMMAS = 100_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENING = new Set(Buffer.from('[{'))
const CLOSING = new Set(Buffer.from(']}'))

const NUMBER_BYTES = new Set(Buffer.from('0123456789.eE+-'))

/**
 * Puts the numbers of JSON in quotes, so that JSON.parse keeps their digits. Undefined if it is nested too deeply or has too many parts. What is not JSON may be JSON after
 * that, such as `{1:01}`.
 */
export function quoteNumbers(json: Uint8Array): Uint8Array | undefined {
  // Most are added to numbers of one digit with one byte between them.
  const quoted = Buffer.alloc(2 * json.length + 1)
  let length = 0
  let depth = 0
  let commas = 0
  for (let at = 0; at < json.length;) {
    const byte = json[at] as number
    const isNumber = byte === MINUS || isDigit(byte)
    const end = isNumber ? numberEnd(json, at) : byte === QUOTE ? stringEnd(json, at) : at + 1
    if (isNumber) length = quoted.writeUInt8(QUOTE, length)
    for (; at < end; at += 1) {
      quoted[length] = json[at] as number
      length += 1
    }
    if (isNumber) length = quoted.writeUInt8(QUOTE, length)
    if (byte === COMMA) commas += 1
    else if (OPENING.has(byte)) depth += 1
    else if (CLOSING.has(byte)) depth -= 1
    if (depth > MAX_DEPTH || commas > MAX_COMMAS) return undefined
  }
  return quoted.subarray(0, length)
}

function numberEnd(json: Uint8Array, start: number): number {
  let at = start + 1
  while (NUMBER_BYTES.has(json[at] ?? 0)) at += 1
  return at
}

function stringEnd(json: Uint8Array, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return Math.min(at + 1, json.length)
}

import { decodeUtf8, type Entry } from './entry.js'

// All that could move a cursor, change a colour or turn the direction of writing around.
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * An entry as one line for a person. Of a reply of many lines only the first is shown; bytes that are no UTF-8 are shown as
 * `\xff`, and control characters too.
 */
export function showEntry(entry: Entry): string {
  return toPlain(wordsOf(entry))
}

/** Text that cannot steer a terminal: its control characters are shown as `\x1b` or `\u{202e}`. */
export function toPlain(text: string): string {
  return text.replace(CONTROL, escape)
}

/** The same JSON, with those characters escaped that it may hold as they are and that steer a terminal. */
export function toPlainJson(json: string): string {
  return json.replace(/[\u007f-\u009f]/g, (character) => `\\u00${hexOf(character)}`)
}

function wordsOf(entry: Entry): string {
  switch (entry.kind) {
    case 'in':
      return `← ${entry.who} ${showLine(entry.line)}`
    case 'out':
      return `→ ${entry.who} ${showLine(entry.line)}`
    case 'refused':
      return `! ${entry.who} ${showLine(entry.line)} (refused: ${entry.why})`
    case 'client':
      return `· ${entry.who} ${entry.what}${because(entry.why)}`
    case 'link':
      return `· link to ${entry.neighbour} ${entry.what}${because(entry.why)}`
    case 'places':
      return `· places from ${entry.provider} in ${Math.round(entry.tookMs)} ms: ${entry.outcome}`
    case 'server':
      return showServer(entry)
  }
}

function showServer(entry: Extract<Entry, { kind: 'server' }>): string {
  switch (entry.what) {
    case 'listening':
      return `· listening on ${entry.address}`
    case 'stopped':
      return '· stopped'
    case 'fault':
      return `! ${entry.why}`
  }
}

function because(why: string | undefined): string {
  return why === undefined ? '' : `: ${why}`
}

function showLine(wireText: string): string {
  const text = decodeUtf8(wireText) ?? wireText.replace(/[\u0080-\u00ff]/g, escape)
  const [first = '', ...others] = text.split('\n')
  return others.length === 0 ? first : `${first} … (1 of ${others.length + 1} lines)`
}

function escape(character: string): string {
  const hex = hexOf(character)
  return hex.length > 2 ? `\\u{${hex}}` : `\\x${hex}`
}

function hexOf(character: string): string {
  return Number(character.codePointAt(0)).toString(16).padStart(2, '0')
}

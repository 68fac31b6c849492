import { decodeUtf8, type Entry } from './entry.js'
import { escapeHighBytes, escapeControls } from './escape-text.js'

/**
 * An entry as one line for a person. Of a reply of many lines only the first is shown; bytes that are no UTF-8 are shown as
 * `\xff`, and control characters too.
 */
export function describeEntry(entry: Entry): string {
  return escapeControls(wordsOf(entry))
}

/** Wire text as a person reads it: the text that its UTF-8 spells, or else each byte above 0x7f as `\xff`. */
export function decodeWireText(wireText: string): string {
  return decodeUtf8(wireText) ?? escapeHighBytes(wireText)
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
      return `· places from ${entry.provider} in ${Math.round(entry.tookMs)} ms: ${entry.outcome}${because(entry.detail)}`
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
    case 'reloaded':
      return `· reloaded ${entry.parts}`
    case 'fault':
      return `! ${entry.why}`
  }
}

function because(why: string | undefined): string {
  return why === undefined ? '' : `: ${why}`
}

function showLine(wireText: string): string {
  const [first = '', ...others] = decodeWireText(wireText).split('\n')
  return others.length === 0 ? first : `${first} … (1 of ${others.length + 1} lines)`
}

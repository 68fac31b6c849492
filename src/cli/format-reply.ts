import { escapeControlsInLines } from '../log/escape-text.js'
import { decodeWireText } from '../log/describe-entry.js'
import { parsePosition } from '../protocol/position.js'
import type { Reply } from '../protocol/replies.js'
import { fromWireText } from './wire-text.js'

/** The most characters of a reply that a terminal shows: twice those of twenty places. */
export const MAX_SHOWN_REPLY_CHARACTERS = 64 * 1024

/** The text of a reply for a terminal: it keeps its lines, is escaped, and ends early if it is very long. */
export function formatReplyForTerminal(wireText: string): string {
  const text = wireText.split('\n').map(decodeWireText).join('\n')
  const left = text.length - MAX_SHOWN_REPLY_CHARACTERS
  if (left <= 0) return escapeControlsInLines(text)
  return `${escapeControlsInLines(text.slice(0, MAX_SHOWN_REPLY_CHARACTERS))}… (${left} more characters)\n`
}

/** A reply that is not blank as one JSON object, for `send --json`. Time and skew stay text, because JSON numbers would lose digits. */
export function formatReplyJson(reply: Exclude<Reply, { kind: 'blank' }>): string {
  switch (reply.kind) {
    case 'report':
      return JSON.stringify({ kind: 'report', ...reportFields(reply.line) })
    case 'places':
      return JSON.stringify({ kind: 'places', ...reportFields(reply.line), places: parsed(reply.json) })
    case 'near':
      return JSON.stringify({ kind: 'near', reports: reply.lines.map(reportFields) })
    case 'forgotten': {
      const [, client, until] = fromWireText(reply.line).split(' ')
      return JSON.stringify({ kind: 'forgotten', client, until })
    }
    case 'status':
      return JSON.stringify({ kind: 'status', status: parsed(reply.json) })
    case 'auth':
      return JSON.stringify({ kind: 'auth', token: reply.name })
    case 'refused':
      return JSON.stringify({ kind: 'refused', command: fromWireText(reply.command) })
    case 'foreign':
      return JSON.stringify({ kind: 'foreign', text: fromWireText(reply.text) })
  }
}

/** `line` has one space between its fields. */
function reportFields(line: string): Record<string, unknown> {
  const [, server, skew, client, position = '', time] = fromWireText(line).split(' ')
  const place = parsePosition(position)
  const degrees = place && { latitude: Number(place.latitude), longitude: Number(place.longitude) }
  return { server, skew, client, position: degrees, time }
}

// A server of another program may send anything here.
function parsed(json: string): unknown {
  const text = fromWireText(json)
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

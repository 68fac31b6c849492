import { parseCommand } from '../protocol/command.js'
import { fieldsOf } from '../protocol/fields.js'
import { parsePosition } from '../protocol/position.js'
import type { Reply } from '../protocol/replies.js'
import type { Report } from '../protocol/report.js'
import { fromWire } from './wire-text.js'

/** A reply as one JSON object, for `send --json`. Time and skew stay text, because a JSON number would lose digits of them. */
export function replyJson(reply: Reply): string {
  switch (reply.kind) {
    case 'report':
      return JSON.stringify({ kind: 'report', ...reportFields(reply.report) })
    case 'places':
      return JSON.stringify({ kind: 'places', ...reportFields(reply.report), places: parsed(reply.json) })
    case 'status':
      return JSON.stringify({ kind: 'status', status: parsed(reply.json) })
    case 'refused':
      return JSON.stringify({ kind: 'refused', command: fromWire(reply.command) })
    case 'foreign':
      return JSON.stringify({ kind: 'foreign', text: fromWire(reply.text) })
  }
}

function reportFields({ line, position }: Report): Record<string, unknown> {
  const [, server, skew, client, , time] = fieldsOf(fromWire(line))
  const place = parsePosition(position)
  const degrees = place && { latitude: Number(place.latitude), longitude: Number(place.longitude) }
  return { server, skew, client, position: degrees, time }
}

// A server of another herd program may send anything there.
function parsed(json: string): unknown {
  const text = fromWire(json)
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Why a server may have refused a command, in words. */
export function refusalHint(command: string, server: string): string {
  const parsed = parseCommand(command)
  switch (parsed.kind) {
    case 'malformed':
      return fromWire(parsed.why)
    case 'whatsat':
      return `${server} has not heard of "${fromWire(parsed.client)}": no server has, or it is cut off from those that have`
    case 'iamat':
      return `the time ${parsed.time} may be too far ahead of the clock of ${server}: see "serve --max-future"`
    case 'at':
    case 'greeting':
    case 'sync':
    case 'ping':
      return 'this is what servers say to each other, not clients'
    case 'status':
      return `${server} is no proxyherd, or tells this only to those who have its herd key`
  }
}

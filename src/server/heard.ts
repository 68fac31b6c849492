import { decodeUtf8, type Entry } from '../log/entry.js'
import { parseCommand, type Command } from '../protocol/command.js'
import { OVERLONG_HEAD_BYTES, type Line } from '../protocol/lines.js'

/** What a line asks of a server. */
export function commandIn(line: Line): Command {
  return line.kind === 'line' ? parseCommand(line.text) : { kind: 'malformed', why: 'the line is too long' }
}

/** A line, or as much as was kept of it. */
export function textOf(line: Line): string {
  return line.kind === 'line' ? line.text : `${line.head}...`
}

/** The log entry of a line that is not carried out; `why` may quote what came over the wire. */
export function refused(who: string, line: Line, why: string): Entry {
  return { kind: 'refused', who, line: textOf(line), why: decodeUtf8(why) ?? why }
}

// Digests are for servers to read: of many, a few are enough in a log.
const SYNC = /^(?:BUCKETS|HAVE|WANT) /

/** A line between servers, as it is logged. */
export function shorten(text: string): string {
  return SYNC.test(text) && text.length > OVERLONG_HEAD_BYTES
    ? `${text.slice(0, OVERLONG_HEAD_BYTES)}...`
    : text
}

import type { Log } from '../log/file.js'
import { decodeUtf8, type Entry, type Traffic } from '../log/entry.js'
import { LF, toText } from '../protocol/bytes.js'
import { OVERLONG_HEAD_BYTES, textOf, type Line } from '../protocol/lines.js'

/** The log entry of a line that is not carried out; `why` may quote what came over the wire. */
export function refused(who: string, line: Line, why: string): Entry {
  return { kind: 'refused', who, line: textOf(line), why: decodeUtf8(why) ?? why }
}

/** Logs some whole lines in or out, if such are logged. */
export function logLines(
  log: Log,
  kind: Traffic['kind'],
  peer: Traffic['peer'],
  who: string,
  lines: Buffer,
): void {
  if (!log.logs(peer)) return
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(LF, start)
    log.line(kind, peer, who, shortened(toText(lines, start, end)))
    start = end + 1
  }
}

/** Logs a line that has come, if such are logged. */
export function logLine(log: Log, peer: Traffic['peer'], who: string, line: Line): void {
  if (log.logs(peer)) log.line('in', peer, who, shortened(textOf(line)))
}

// Digests are for servers to read: of many, a few are enough in a log.
const SYNC = /^(?:BUCKETS|HAVE|WANT) /

function shortened(text: string): string {
  return text.length > OVERLONG_HEAD_BYTES && SYNC.test(text)
    ? `${text.slice(0, OVERLONG_HEAD_BYTES)}...`
    : text
}

import { authWordOf } from '../protocol/auth-line.js'
import { LF, spells, toBytes, toText } from '../protocol/bytes.js'
import { OVERLONG_HEAD_BYTES, textOf, type Line } from '../protocol/lines.js'
import { decodeUtf8, type Entry } from './entry.js'
import type { LogLineBytes, PeerLog } from './peer-log.js'

/** Makes the log entry of an invalid line. `why` may quote bytes of the line. */
export function refusedEntry(who: string, line: Line, why: string): Entry {
  return { kind: 'refused', who, line: withoutToken(line) ?? textOf(line), why: decodeUtf8(why) ?? why }
}

/** Logs whole lines that are sent, unless `log` is undefined. */
export function logSentLines(log: PeerLog | undefined, lines: Uint8Array): void {
  if (!log) return
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(LF, start)
    if (end - start > OVERLONG_HEAD_BYTES && isDigestList(lines, start))
      logText(log.out, startOf(lines, start))
    else log.out(lines, start, end)
    start = end + 1
  }
}

/** Logs a reply that is sent as one entry, however many lines it has, unless `log` is undefined. */
export function logSentReply(log: PeerLog | undefined, reply: Uint8Array): void {
  let end = reply.length
  while (reply[end - 1] === LF) end -= 1
  log?.out(reply, 0, end)
}

/** Logs a line that was received, unless `log` is undefined. */
export function logReceivedLine(log: PeerLog | undefined, line: Line): void {
  if (!log) return
  const { bytes, start, end } = line
  const hidden = withoutToken(line)
  if (hidden !== undefined) logText(log.in, hidden)
  else if (line.isOverlong) logText(log.in, textOf(line))
  else if (end - start > OVERLONG_HEAD_BYTES && isDigestList(bytes, start))
    logText(log.in, startOf(bytes, start))
  else log.in(bytes, start, end)
}

/** What is logged of a line that may hold a token; undefined for other lines. */
function withoutToken(line: Line): string | undefined {
  const word = authWordOf(line)
  return word === undefined ? undefined : `${word} ...`
}

function logText(log: LogLineBytes, text: string): void {
  const bytes = toBytes(text)
  log(bytes, 0, bytes.length)
}

// These lines are long lists of digests, which nobody reads: the log has only the start of them.
const DIGEST_LISTS = ['BUCKETS ', 'HAVE ', 'WANT ']

function isDigestList(bytes: Uint8Array, start: number): boolean {
  for (const name of DIGEST_LISTS) if (spells(bytes, start, start + name.length, name)) return true
  return false
}

function startOf(bytes: Uint8Array, start: number): string {
  return `${toText(bytes, start, start + OVERLONG_HEAD_BYTES)}...`
}

import { decodeUtf8, type Entry } from './entry.js'
import type { PeerLog } from './together.js'
import { LF, spells, toBytes, toText } from '../protocol/bytes.js'
import { OVERLONG_HEAD_BYTES, textOf, type Line } from '../protocol/lines.js'

/** The log entry of a line that is not carried out; `why` may quote what came over the wire. */
export function refusedEntry(who: string, line: Line, why: string): Entry {
  return { kind: 'refused', who, line: textOf(line), why: decodeUtf8(why) ?? why }
}

/** Logs some whole lines that go out, if such are logged. */
export function logSentLines(log: PeerLog | undefined, lines: Buffer): void {
  if (!log) return
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(LF, start)
    if (end - start > OVERLONG_HEAD_BYTES && isSync(lines, start)) logText(log.out, headOf(lines, start))
    else log.out(lines, start, end)
    start = end + 1
  }
}

/** Logs a line that has come, if such are logged. */
export function logReceivedLine(log: PeerLog | undefined, line: Line): void {
  if (!log) return
  const { bytes, start, end } = line
  if (line.isOverlong) logText(log.in, textOf(line))
  else if (end - start > OVERLONG_HEAD_BYTES && isSync(bytes, start)) logText(log.in, headOf(bytes, start))
  else log.in(bytes, start, end)
}

function logText(take: PeerLog['in'], text: string): void {
  const bytes = toBytes(text)
  take(bytes, 0, bytes.length)
}

// Digests are for servers to read: of many, a few are enough in a log.
const SYNC = ['BUCKETS ', 'HAVE ', 'WANT ']

function isSync(bytes: Buffer, start: number): boolean {
  for (const name of SYNC) if (spells(bytes, start, start + name.length, name)) return true
  return false
}

function headOf(bytes: Buffer, start: number): string {
  return `${toText(bytes, start, start + OVERLONG_HEAD_BYTES)}...`
}

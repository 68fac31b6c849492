import { isUtf8 } from 'node:buffer'
import type * as z from 'zod/mini'
import type { entrySchema } from './entry-schema.js'
import { severityOf } from './severity.js'

/** What a server logs: `wire` everything; `clients` no lines from or to neighbours, and no HTTP requests; `links` only links, what was forgotten, and the server itself. */
export type LogLevel = 'wire' | 'clients' | 'links'

/** An event at a server. Its schema is loaded only to read logs: a server starts sooner without it. `line` is wire text in latin1: one character per byte. */
export type Entry = Readonly<z.infer<typeof entrySchema>>

/** All fields of the entry of a line except the line: the same for all lines from one peer, and for all lines to it. */
export type LineHeader = Omit<Extract<Entry, { kind: 'in' | 'out' }>, 'line'>

/** An entry with the server that logged it and the time: ISO 8601 in UTC with six decimals, so that times sort as text. */
export interface LoggedEntry {
  readonly time: string
  readonly server: string
  readonly entry: Entry
}

/** Matches a line that is not ASCII. Most are, and need no conversion. */
export const NOT_ASCII = /[\u0080-\uffff]/

/** Whether an entry is logged at a level. */
export function isLogged(entry: Entry | LineHeader, level: LogLevel): boolean {
  switch (level) {
    case 'wire':
      return true
    case 'clients':
      return entry.kind !== 'http' && !('peer' in entry && entry.peer === 'neighbour')
    case 'links':
      return (
        entry.kind === 'link' ||
        entry.kind === 'server' ||
        entry.kind === 'forget' ||
        (entry.kind === 'token' && entry.what !== 'accepted')
      )
  }
}

/** Formats an entry as one line of a log, without the line end. Nearly all entries are lines in and out, so they have no severity. */
export function formatEntry({ time, server, entry }: LoggedEntry): string {
  const isLine = entry.kind === 'in' || entry.kind === 'out'
  return JSON.stringify({ time, server, ...(!isLine && { severity: severityOf(entry) }), ...toLogged(entry) })
}

/** Decodes bytes, given as latin1 text, as UTF-8. Returns undefined if they are not valid UTF-8. */
export function decodeUtf8(latin1: string): string | undefined {
  const bytes = Buffer.from(latin1, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : undefined
}

// Successive times mostly fall in the same second, whose text is kept.
let lastSecond = 0
let lastSecondText = '1970-01-01T00:00:00.'

/** Formats nanoseconds since 1970 as `2026-10-05T20:32:03.123456Z`. */
export function formatTime(instant: bigint): string {
  const microseconds = Number(instant / 1_000n)
  const second = Math.floor(microseconds / 1_000_000)
  if (second !== lastSecond) {
    lastSecond = second
    lastSecondText = new Date(1_000 * second).toISOString().slice(0, -'000Z'.length)
  }
  return `${lastSecondText}${String(microseconds - 1_000_000 * second).padStart(6, '0')}Z`
}

/**
 * Converts a `line` that is valid UTF-8 to the text that it encodes. Any other line becomes `latin1`, one character per byte. So no byte is
 * lost, and nearly all lines are readable.
 */
function toLogged(entry: Entry): object {
  if (!('line' in entry) || !NOT_ASCII.test(entry.line)) return entry
  const { line, ...others } = entry
  const spelled = decodeUtf8(line)
  return spelled === undefined ? { ...others, latin1: line } : { ...others, line: spelled }
}

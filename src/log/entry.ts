import { isUtf8 } from 'node:buffer'
import * as z from 'zod/mini'
import { severityOf } from './severity.js'

/** What a server logs: `wire` everything; `clients` no lines from or to neighbours; `links` only links and the server itself. */
export type LogLevel = 'wire' | 'clients' | 'links'

const text = z.string()
const why = z.exactOptional(text)
// `who` is the address of a client, or the name of a neighbour.
const peer = z.enum(['client', 'neighbour'])

const entry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('in'), peer, who: text, line: text }),
  // A reply of many lines is one entry.
  z.object({ kind: z.literal('out'), peer, who: text, line: text }),
  // An invalid line. A client got the reply `? …`.
  z.object({ kind: z.literal('refused'), who: text, line: text, why: text }),
  // A report of a client that had no effect. `line` is the report that was kept.
  z.object({ kind: z.literal('stale'), who: text, line: text }),
  // `isForStatus` marks a connection that asks for `STATUS` first.
  z.object({
    kind: z.literal('client'),
    what: z.enum(['connected', 'closed', 'refused']),
    who: text,
    why,
    isForStatus: z.exactOptional(z.literal(true)),
  }),
  z.object({
    kind: z.literal('link'),
    neighbour: text,
    what: z.enum(['up', 'lost', 'unreachable', 'flapping']),
    why,
  }),
  // A request to a places provider. `outcome` is `ok` or the error, `detail` the error text of the service.
  z.object({
    kind: z.literal('places'),
    provider: text,
    tookMs: z.number(),
    outcome: text,
    detail: z.exactOptional(text),
  }),
  z.discriminatedUnion('what', [
    z.object({ kind: z.literal('server'), what: z.literal('listening'), address: text }),
    z.object({ kind: z.literal('server'), what: z.literal('stopped') }),
    // `parts` lists what was reloaded, for people.
    z.object({ kind: z.literal('server'), what: z.literal('reloaded'), parts: text }),
    z.object({ kind: z.literal('server'), what: z.literal('fault'), why: text }),
    z.object({ kind: z.literal('server'), what: z.literal('recovered'), why: text }),
  ]),
])

const stamp = z.object({ time: z.iso.datetime({ precision: 6 }), server: text })

/** An event at a server. `line` is wire text in latin1: one character per byte. */
export type Entry = Readonly<z.infer<typeof entry>>

/** All fields of the entry of a line except the line: the same for all lines from one peer, and for all lines to it. */
export type LineHeader = Omit<Extract<Entry, { kind: 'in' | 'out' }>, 'line'>

/** An entry with the server that logged it and the time: ISO 8601 in UTC with six decimals, so that times sort as text. */
export interface LoggedEntry {
  readonly time: string
  readonly server: string
  readonly entry: Entry
}

// Most lines are ASCII and need no conversion.
const NOT_ASCII = /[\u0080-\uffff]/

/** Whether an entry is logged at a level. */
export function isLogged(entry: Entry | LineHeader, level: LogLevel): boolean {
  switch (level) {
    case 'wire':
      return true
    case 'clients':
      return !('peer' in entry && entry.peer === 'neighbour')
    case 'links':
      return entry.kind === 'link' || entry.kind === 'server'
  }
}

/** Formats an entry as one line of a log, without the line end. Nearly all entries are lines in and out, so they have no severity. */
export function formatEntry({ time, server, entry }: LoggedEntry): string {
  const isLine = entry.kind === 'in' || entry.kind === 'out'
  return JSON.stringify({ time, server, ...(!isLine && { severity: severityOf(entry) }), ...toLogged(entry) })
}

/** Parses one line of a log, the inverse of `formatEntry`. Returns undefined if the line is not a valid entry. */
export function parseEntry(line: string): LoggedEntry | undefined {
  let object: unknown
  try {
    object = JSON.parse(line)
  } catch {
    return undefined
  }
  const stamped = stamp.safeParse(object)
  const checked = entry.safeParse(fromLogged(object))
  return stamped.success && checked.success ? { ...stamped.data, entry: checked.data } : undefined
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

/** The inverse of `toLogged`. */
function fromLogged(object: unknown): unknown {
  const { latin1, line, ...others } = Object(object) as Record<string, unknown>
  if (typeof latin1 === 'string') return { ...others, line: latin1 }
  if (typeof line !== 'string' || !NOT_ASCII.test(line)) return object
  return { ...others, line: Buffer.from(line).toString('latin1') }
}

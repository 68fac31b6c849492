import { isUtf8 } from 'node:buffer'
import { z } from 'zod'

/** How much a server logs: every line; none to or from neighbours; nothing but links and the server itself. */
export type LogLevel = 'wire' | 'clients' | 'links'

const text = z.string()
const why = text.exactOptional()
// A client is told by its address, a neighbour by its name.
const peer = z.enum(['client', 'neighbour'])

const entry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('in'), peer, who: text, line: text }),
  // Also a whole reply of many lines.
  z.object({ kind: z.literal('out'), peer, who: text, line: text }),
  // A line that was not carried out: a client was answered `? …`.
  z.object({ kind: z.literal('refused'), who: text, line: text, why: text }),
  z.object({ kind: z.literal('client'), what: z.enum(['connected', 'closed', 'refused']), who: text, why }),
  z.object({ kind: z.literal('link'), neighbour: text, what: z.enum(['up', 'lost', 'unreachable']), why }),
  // A call of a places provider; its outcome is `ok` or what went wrong, and `detail` is what the service wrote about it.
  z.object({
    kind: z.literal('places'),
    provider: text,
    tookMs: z.number(),
    outcome: text,
    detail: text.exactOptional(),
  }),
  z.discriminatedUnion('what', [
    z.object({ kind: z.literal('server'), what: z.literal('listening'), address: text }),
    z.object({ kind: z.literal('server'), what: z.literal('stopped') }),
    // What was read again, or opened again, in words.
    z.object({ kind: z.literal('server'), what: z.literal('reloaded'), parts: text }),
    z.object({ kind: z.literal('server'), what: z.literal('fault'), why: text }),
  ]),
])

const stamp = z.object({ time: z.iso.datetime({ precision: 6 }), server: text })

const entries = z.array(entry)

/** Something that happened at a server. A `line` is wire text: latin1, a character a byte. */
export type Entry = Readonly<z.infer<typeof entry>>

/** What lines in and out of a server have in common that came or went together. */
export type LineHeader = Omit<Extract<Entry, { kind: 'in' | 'out' }>, 'line'>

/** An entry, the server that logged it, and when: ISO 8601 in UTC with six decimals, so that times sort as text. */
export interface LoggedEntry {
  readonly time: string
  readonly server: string
  readonly entry: Entry
}

// Most lines are plain ASCII, and then no byte of them need be touched.
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

/**
 * An entry as it stands in the log: a `line` of valid UTF-8 as the text that it spells, and any other as it is, a character a
 * byte, but under the name `latin1`. So nothing is lost, and nearly all is readable.
 */
export function toLogged(entry: Entry): object {
  if (!('line' in entry) || !NOT_ASCII.test(entry.line)) return entry
  const { line, ...others } = entry
  const spelled = decodeUtf8(line)
  return spelled === undefined ? { ...others, latin1: line } : { ...others, line: spelled }
}

/** The line of a log that says one entry, without its line end. */
export function formatEntry({ time, server, entry }: LoggedEntry): string {
  return JSON.stringify({ time, server, ...toLogged(entry) })
}

/** Reads a line of a log, the inverse of `toText`; or one that says several entries, with `lines` in the place of `line`. None if it is none. */
export function parseEntry(line: string): LoggedEntry[] {
  let object: unknown
  try {
    object = JSON.parse(line)
  } catch {
    return []
  }
  const stamped = stamp.safeParse(object)
  const checked = entries.safeParse(apart(object).map(fromLogged))
  if (!stamped.success || !checked.success) return []
  return checked.data.map((entry) => ({ ...stamped.data, entry }))
}

/** The text that latin1 text spells as UTF-8; undefined if its bytes are not UTF-8. */
export function decodeUtf8(latin1: string): string | undefined {
  const bytes = Buffer.from(latin1, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : undefined
}

// Of the times that are written most begin with the same second.
let lastSecond = 0
let toLastSecond = '1970-01-01T00:00:00.'

/** Nanoseconds since 1970 as `2026-10-05T20:32:03.123456Z`. */
export function formatTime(instant: bigint): string {
  const microseconds = Number(instant / 1_000n)
  const second = Math.floor(microseconds / 1_000_000)
  if (second !== lastSecond) {
    lastSecond = second
    toLastSecond = new Date(1_000 * second).toISOString().slice(0, -'000Z'.length)
  }
  return `${toLastSecond}${String(microseconds - 1_000_000 * second).padStart(6, '0')}Z`
}

function apart(object: unknown): unknown[] {
  const { lines, ...others } = Object(object) as Record<string, unknown>
  return Array.isArray(lines) ? lines.map((line: unknown) => ({ ...others, line })) : [object]
}

function fromLogged(object: unknown): unknown {
  const { latin1, line, ...others } = Object(object) as Record<string, unknown>
  if (typeof latin1 === 'string') return { ...others, line: latin1 }
  if (typeof line !== 'string' || !NOT_ASCII.test(line)) return object
  return { ...others, line: Buffer.from(line).toString('latin1') }
}

import * as z from 'zod/mini'

const text = z.string()
const why = z.exactOptional(text)
// `who` is the address of a client, or the name of a neighbour.
const peer = z.enum(['client', 'neighbour'])

/** The entries of a log. `line` is wire text in latin1: one character per byte. */
export const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('in'), peer, who: text, line: text }),
  // A reply of many lines is one entry.
  z.object({ kind: z.literal('out'), peer, who: text, line: text }),
  // An invalid line. A client got the reply `? …`.
  z.object({ kind: z.literal('refused'), who: text, line: text, why: text }),
  // A report of a client that had no effect. `line` is the report that was kept.
  z.object({ kind: z.literal('stale'), who: text, line: text }),
  // A client was forgotten. `line` is the command that asked for that.
  z.object({ kind: z.literal('forget'), who: text, line: text }),
  // `isForStatus` marks a connection that asks for `STATUS` first.
  z.object({
    kind: z.literal('client'),
    what: z.enum(['connected', 'closed', 'refused']),
    who: text,
    why,
    isForStatus: z.exactOptional(z.literal(true)),
  }),
  // A token was shown for the first time on a connection, or used for what must be traced, or refused. "token" is its name, and
  // "failures" the number of tokens of the host that were refused. Without a tokens file, "used" entries have no "token".
  z.object({
    kind: z.literal('token'),
    what: z.enum(['accepted', 'used', 'refused']),
    who: text,
    token: z.exactOptional(text),
    why,
    failures: z.exactOptional(z.number()),
  }),
  // An HTTP request, the status of its response, and the name of the token that it came with. `path` has no query, which may hold a token.
  z.object({
    kind: z.literal('http'),
    who: text,
    method: text,
    path: text,
    status: z.number(),
    token: z.exactOptional(text),
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

/** What every entry is logged with. The time is ISO 8601 in UTC with six decimals, so that times sort as text. */
export const stampSchema = z.object({ time: z.iso.datetime({ precision: 6 }), server: text })

import { z } from 'zod'
import { dialectOf, type Dialect } from '../link/dialect.js'
import { DIALECTS } from '../link/dialects.js'

/** The program of a server, if the topology says so: proxyherd, or a classic server with this dialect. */
export type DialectSetting = 'proxyherd' | Dialect

/** The shortest and the longest idle time after which an unterminated line counts. Shorter ones would cut lines that arrive slowly. */
const MIN_UNTERMINATED_S = 1
const MAX_UNTERMINATED_S = 60

/** A duration in seconds: `1s`, `2.5s`. */
const seconds = z.string().transform((text, { addIssue }) => {
  const [, digits] = /^([0-9]+(?:\.[0-9]+)?)s$/.exec(text) ?? []
  const value = Number(digits)
  if (value >= MIN_UNTERMINATED_S && value <= MAX_UNTERMINATED_S) return 1_000 * value
  addIssue(`"${text}" is not a time from ${MIN_UNTERMINATED_S}s to ${MAX_UNTERMINATED_S}s`)
  return z.NEVER
})

const line = z.string().transform((text, { addIssue }) => {
  if (!text.includes('{')) {
    const dialect = DIALECTS.get(text)
    if (dialect) return dialect
    addIssue(
      `"${text}" is no dialect: use proxyherd, ${[...DIALECTS.keys()].join(', ')}, or a line with fields in braces`,
    )
    return z.NEVER
  }
  const dialect = dialectOf(text)
  if (typeof dialect !== 'string') return dialect
  addIssue(`"${text}" ${dialect}`)
  return z.NEVER
})

/** The value of a server's key `dialect`. */
export const dialectSetting = z.union([
  z.literal('proxyherd'),
  line,
  z
    .strictObject({ line, unterminated: seconds.optional() })
    .transform(({ line, unterminated }): Dialect => ({ ...line, unterminatedMs: unterminated })),
])

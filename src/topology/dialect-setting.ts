import { en } from 'zod/locales'
import * as z from 'zod/mini'
import { dialectOf, type Dialect } from '../link/dialect.js'
import { DIALECTS } from '../link/dialects.js'

/** The program of a server, if the topology says so: proxyherd, or a classic server with this dialect. */
export type DialectSetting = 'proxyherd' | Dialect

const PROXYHERD = 'proxyherd'

/** zod/mini has no texts of its own. */
const ENGLISH = { error: en().localeError }

/** The shortest and the longest idle time after which an unterminated line counts. A shorter one would cut lines that arrive slowly. */
const MIN_UNTERMINATED_S = 1
const MAX_UNTERMINATED_S = 60

/** A duration in seconds: `1s`, `2.5s`. */
const seconds = z.pipe(
  z.string(),
  z.transform((text, { issues }) => {
    const [, digits] = /^([0-9]+(?:\.[0-9]+)?)s$/.exec(text) ?? []
    const value = Number(digits)
    if (value >= MIN_UNTERMINATED_S && value <= MAX_UNTERMINATED_S) return 1_000 * value
    const message = `"${text}" is not a time from ${MIN_UNTERMINATED_S}s to ${MAX_UNTERMINATED_S}s`
    issues.push({ code: 'custom', message, input: text })
    return z.NEVER
  }),
)

const detailed = z.strictObject({ line: z.string(), unterminated: z.optional(seconds) })

/** The value of a server's key `dialect`. */
export const dialectSetting = z.transform((value: unknown, { issues }): DialectSetting => {
  if (value === PROXYHERD) return PROXYHERD
  const checked = detailed.safeParse(typeof value === 'string' ? { line: value } : value, ENGLISH)
  if (checked.success) {
    const { line, unterminated } = checked.data
    const dialect = dialectIn(line)
    if (typeof dialect !== 'string') return { ...dialect, unterminatedMs: unterminated }
    issues.push({ code: 'custom', message: dialect, input: value })
  } else if (typeof value !== 'object') issues.push({ code: 'custom', message: FORMS, input: value })
  else
    for (const { message, path } of checked.error.issues)
      issues.push({ code: 'custom', message, path, input: value })
  return z.NEVER
})

const FORMS = 'use proxyherd, the name or the line of a dialect, or {"line": …, "unterminated": "1s"}'

/** The dialect with a name or a template, or what is wrong with it. */
function dialectIn(line: string): Dialect | string {
  if (line.includes('{')) {
    const dialect = dialectOf(line)
    return typeof dialect === 'string' ? `"${line}" ${dialect}` : dialect
  }
  const names = [PROXYHERD, ...DIALECTS.keys()].join(', ')
  return DIALECTS.get(line) ?? `"${line}" is no dialect: use ${names}, or a line with fields in braces`
}

import { NOT_ASCII, type LoggedEntry } from './entry.js'
import { entrySchema, stampSchema } from './entry-schema.js'

/** Parses one line of a log, the inverse of `formatEntry`. Returns undefined if the line is not a valid entry. */
export function parseEntry(line: string): LoggedEntry | undefined {
  let object: unknown
  try {
    object = JSON.parse(line)
  } catch {
    return undefined
  }
  const stamped = stampSchema.safeParse(object)
  const checked = entrySchema.safeParse(fromLogged(object))
  return stamped.success && checked.success ? { ...stamped.data, entry: checked.data } : undefined
}

/** Restores the bytes of a line that was logged as text or as `latin1`. */
function fromLogged(object: unknown): unknown {
  const { latin1, line, ...others } = Object(object) as Record<string, unknown>
  if (typeof latin1 === 'string') return { ...others, line: latin1 }
  if (typeof line !== 'string' || !NOT_ASCII.test(line)) return object
  return { ...others, line: Buffer.from(line).toString('latin1') }
}

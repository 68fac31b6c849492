import { isUtf8 } from 'node:buffer'
import type * as z from 'zod/mini'
import { fault, type Fault } from './incoming.js'
import { quoteNumbers } from './quote-numbers.js'

/** How the bodies of forms differ from those of JSON. */
const JSON_START = /^(?:\xef\xbb\xbf)?[\t\n\r ]*[{[]/

/** Whether a body, given as latin1 text, begins like an object or a list. Content types are no help: people type them in by hand. */
export function startsLikeJson(latin1: string): boolean {
  return JSON_START.test(latin1)
}

/**
 * Parses JSON whose numbers become the strings that spell them. As doubles they would lose digits, and times their nanoseconds. Apps also send numbers
 * as strings, so both are treated alike.
 */
export function parseJsonBody(body: Uint8Array): { readonly value: unknown } | Fault {
  if (!isUtf8(body)) return fault('the body is not UTF-8')
  const quoted = quoteNumbers(body)
  if (!quoted) return fault('the body is nested too deeply or has too many parts')
  const text = textOf(body)
  try {
    // With quotes around them, numbers that JSON does not have would pass.
    JSON.parse(text)
    return { value: JSON.parse(textOf(quoted)) }
  } catch {
    return fault(text.trim() === '' ? 'the body is empty' : 'the body is not JSON')
  }
}

/** UTF-8 as text, without a byte order mark. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString()
    .replace(/^\ufeff/, '')
}

/** Checks a part of a message. */
export function parseShape<Shape>(schema: z.ZodMiniType<Shape>, part: unknown): Shape | Fault {
  const { data, error } = schema.safeParse(part)
  if (!error) return data
  const [path = ''] = error.issues.map((issue) => issue.path.join('.'))
  return fault(path === '' ? 'a message is not an object' : `"${path}" is missing or of the wrong type`)
}

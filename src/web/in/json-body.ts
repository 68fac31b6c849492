import type * as z from 'zod/mini'
import { fault, type Fault } from './incoming.js'

/** A string of valid JSON, which is left alone, or a number. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9][0-9.eE+-]*/g

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
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return fault('the body is not UTF-8')
  }
  try {
    // Only valid JSON can be searched for numbers.
    JSON.parse(text)
    return { value: JSON.parse(text.replace(STRING_OR_NUMBER, quoteNumber)) }
  } catch {
    return fault(text.trim() === '' ? 'the body is empty' : 'the body is not JSON')
  }
}

function quoteNumber(token: string): string {
  return token.startsWith('"') ? token : `"${token}"`
}

/** Checks a part of a message. */
export function parseShape<Shape>(schema: z.ZodMiniType<Shape>, part: unknown): Shape | Fault {
  const { data, error } = schema.safeParse(part)
  if (!error) return data
  const path = error.issues[0]?.path.join('.') ?? ''
  return fault(path === '' ? 'a message is not an object' : `"${path}" is missing or of the wrong type`)
}

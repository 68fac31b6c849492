import { parseTree, type ParseError } from 'jsonc-parser'
import { decodeAnswer, PlacesError } from './provider.js'

/** What is wrong with latin1 text that is not JSON. */
export function jsonFault(latin1: string): PlacesError {
  return new PlacesError(describe(latin1.trim()), decodeAnswer(latin1))
}

function describe(text: string): string {
  if (text === '') return 'sent an empty answer'
  if (text.startsWith('<')) return 'sent HTML or XML in place of JSON'
  return /^[[{]/.test(text) && isCutShort(text) ? 'sent JSON that ends too early' : 'sent broken JSON'
}

/** Whether nothing is wrong with a text before its end. */
function isCutShort(text: string): boolean {
  const errors: ParseError[] = []
  try {
    parseTree(text, errors)
  } catch {
    // Nested too deep for this parser, which descends by recursion.
    return false
  }
  const [first] = errors
  if (!first) return false
  // A fault in the last token is one of the end if that token is a string or word that was cut, and not a bracket.
  return first.offset >= text.length || (first.offset + first.length >= text.length && !/[\]}]$/.test(text))
}

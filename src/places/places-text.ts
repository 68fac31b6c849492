import { parseTree, type Node } from 'jsonc-parser'
import { jsonFault } from './json-fault.js'
import { isRefusal, refusalError } from './legacy-answer.js'
import { decodeAnswer, PlacesError } from './provider.js'

/** An answer in the JSON of the legacy Nearby Search, with its original formatting. */
export interface PlacesText {
  readonly text: string
  /** Where the text can be cut: index n holds the offset after the first n results. */
  readonly cuts: readonly number[]
}

/** An answer without results to cut. */
export function uncut(text: string): PlacesText {
  return { text, cuts: [text.length] }
}

/** Finds where an answer can be cut. Throws a PlacesError if it is not a JSON object, or is a refusal. An answer without results stays whole. */
export function readPlaces(text: string): PlacesText {
  const { value, root } = parse(text)
  if (root?.type !== 'object') throw new PlacesError('sent JSON that is not an object', decodeAnswer(text))
  // Only a refusal is decoded and parsed again, so that a good answer does not pay for it.
  if (isRefusal(value)) throw refusalError(JSON.parse(decodeAnswer(text)) as object)
  // If the key occurs several times, JSON parsers keep the last one.
  const results = root.children?.findLast(({ children }) => children?.[0]?.value === 'results')?.children?.[1]
  if (results?.type !== 'array') return uncut(text)
  const { offset, children = [] } = results
  return { text, cuts: [offset + '['.length, ...children.map((result) => result.offset + result.length)] }
}

const NEWLINES = /(\r?\n)(?:\r?\n)+/g
const OUTER_NEWLINES = /^(?:\r?\n)+|(?:\r?\n)+$/g

/**
 * The answer with at most its first `most` results, as it is sent between the `AT` line and two newlines. The rest of the text stays
 * as it is, except that a run of newlines becomes one, and newlines at either end are removed.
 */
export function cutPlaces({ text, cuts }: PlacesText, most: number): string {
  const end = cuts.at(-1)
  const kept = text.slice(0, cuts[most] ?? end) + text.slice(end)
  return kept.replace(NEWLINES, '$1').replace(OUTER_NEWLINES, '')
}

/** `value` is an object if `root` is. */
function parse(text: string): { value: object; root: Node | undefined } {
  try {
    // JSON.parse decides what is JSON, because jsonc-parser, which gives the offsets, accepts more. Text nested thousands deep also
    // counts as broken, because jsonc-parser descends by recursion.
    const value = JSON.parse(text) as object
    return { value, root: parseTree(text) }
  } catch {
    throw jsonFault(text)
  }
}

import { parseTree, type Node } from 'jsonc-parser'
import { isRefusal, refusalFault } from './legacy.js'
import { decodeAnswer, PlacesFault } from './provider.js'

/** An answer in the JSON of the legacy Nearby Search, in its own formatting. */
export interface PlacesText {
  readonly text: string
  /** Where it can be cut: at index n is the offset behind the first n results. */
  readonly cuts: readonly number[]
}

/** An answer that is never cut. */
export function uncut(text: string): PlacesText {
  return { text, cuts: [text.length] }
}

/** Finds where an answer can be cut. Throws a PlacesFault when it is not a JSON object, or a refusal; one without results is left whole. */
export function readPlaces(text: string): PlacesText {
  const { value, root } = parse(text)
  if (root?.type !== 'object') throw new PlacesFault('sent JSON that is no object', decodeAnswer(text))
  // Decoded and parsed again only then, so that a good answer does not pay for it.
  if (isRefusal(value)) throw refusalFault(JSON.parse(decodeAnswer(text)) as object)
  // The last one, should there be several: that is the one a JSON parser keeps.
  const results = root.children?.findLast(({ children }) => children?.[0]?.value === 'results')?.children?.[1]
  if (results?.type !== 'array') return uncut(text)
  const { offset, children = [] } = results
  return { text, cuts: [offset + '['.length, ...children.map((result) => result.offset + result.length)] }
}

const NEWLINES = /(\r?\n)(?:\r?\n)+/g
const OUTER_NEWLINES = /^(?:\r?\n)+|(?:\r?\n)+$/g

/**
 * The answer with at most its first `most` results, as it goes out between the `AT` line and two newlines. Nothing is
 * typed anew; only runs of newlines become one, and none is left at either end, where it would make a run with those.
 */
export function cutPlaces({ text, cuts }: PlacesText, most: number): string {
  const end = cuts.at(-1)
  const kept = text.slice(0, cuts[most] ?? end) + text.slice(end)
  return kept.replace(NEWLINES, '$1').replace(OUTER_NEWLINES, '')
}

/** `value` is an object if `root` is. */
function parse(text: string): { value: object; root: Node | undefined } {
  try {
    // What is JSON is decided here: jsonc-parser, which knows the offsets, takes more. It also descends by recursion, so
    // that what is nested thousands deep counts as broken too.
    const value = JSON.parse(text) as object
    return { value, root: parseTree(text) }
  } catch {
    throw new PlacesFault('sent broken JSON', decodeAnswer(text))
  }
}

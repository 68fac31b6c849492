import { parseTree, type Node } from 'jsonc-parser'
import { PlacesFault } from './provider.js'

/** An answer in the JSON of the legacy Nearby Search, in its own formatting. */
export interface PlacesText {
  readonly text: string
  /** Where it can be cut: at index n is the offset behind the first n results. */
  readonly cuts: readonly number[]
}

/** Finds where an answer can be cut. Throws a PlacesFault when it is no JSON object; one without results is left whole. */
export function readPlaces(text: string): PlacesText {
  const root = parse(text)
  if (root?.type !== 'object') throw new PlacesFault('sent JSON that is no object')
  // The last one, should there be several: that is the one a JSON parser keeps.
  const results = root.children?.findLast(({ children }) => children?.[0]?.value === 'results')?.children?.[1]
  if (results?.type !== 'array') return { text, cuts: [text.length] }
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

function parse(text: string): Node | undefined {
  try {
    // What is JSON is decided here: jsonc-parser, which knows the offsets, takes more. It also descends by recursion, so
    // that what is nested thousands deep counts as broken too.
    JSON.parse(text)
    return parseTree(text)
  } catch {
    throw new PlacesFault('sent broken JSON')
  }
}

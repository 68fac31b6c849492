import { toText, type ByteWriter } from './bytes.js'
import { wholeIn } from './decimal.js'
import type { Line } from './lines.js'

/**
 * How two linked servers see to it that the reports of one server, their origin, come to each along a tree, and not along every link.
 * `prune`: do not tell me them, I have them from another. `graft`: tell me them again, and what I have missed since then.
 * `seen`: I was asked not to tell you them, but have had those up to then. That is when the origin heard them, in microseconds since 1970
 * by its own clock; 0 if none has come.
 */
export type TreeMessage =
  | { readonly kind: 'prune'; readonly origin: string }
  | { readonly kind: 'graft' | 'seen'; readonly origin: string; readonly at: number }

/** As many as microseconds since 1970 have until the year 2286. */
const MAX_AT_DIGITS = 16

/** Writes the line, without its line end, that says such a message. */
export function writeTree(out: ByteWriter, message: TreeMessage): void {
  const { kind, origin } = message
  out.text(
    kind === 'prune' ? `PRUNE ${origin}` : `${kind === 'graft' ? 'GRAFT' : 'SEEN'} ${origin} ${message.at}`,
  )
}

/** Reads such a line, whose name is given; undefined if it is none. */
export function parseTree(name: 'PRUNE' | 'GRAFT' | 'SEEN', line: Line): TreeMessage | undefined {
  if (line.fieldCount !== (name === 'PRUNE' ? 2 : 3)) return undefined
  const origin = toText(line.bytes, line.fieldStart(1), line.fieldEnd(1))
  if (name === 'PRUNE') return { kind: 'prune', origin }
  const at = wholeIn(line.bytes, line.fieldStart(2), line.fieldEnd(2), MAX_AT_DIGITS)
  return at === undefined ? undefined : { kind: name === 'GRAFT' ? 'graft' : 'seen', origin, at }
}

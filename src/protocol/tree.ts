import { toText, type ByteWriter } from './bytes.js'
import { wholeIn } from './decimal.js'
import type { Line } from './lines.js'

/**
 * Messages that make the reports of one server, their origin, reach every other server along a tree, and not over every link.
 * `prune`: do not send me its reports, because I get them from another neighbour. `graft`: send me its reports again, and those that I
 * have missed. `seen`: you asked me not to send you its reports; I have those up to this time, which is when the origin received
 * them, in microseconds since 1970 by its own clock; 0 if I have none.
 */
export type TreeMessage =
  | { readonly kind: 'prune'; readonly origin: string }
  | { readonly kind: 'graft' | 'seen'; readonly origin: string; readonly at: number }

/** As many as microseconds since 1970 have until the year 2286. */
const MAX_AT_DIGITS = 16

/** Formats such a message as a line, without line end. */
export function writeTree(out: ByteWriter, message: TreeMessage): void {
  const { kind, origin } = message
  out.text(
    kind === 'prune' ? `PRUNE ${origin}` : `${kind === 'graft' ? 'GRAFT' : 'SEEN'} ${origin} ${message.at}`,
  )
}

/** Parses such a line, whose name is given; undefined if it is invalid. */
export function parseTree(name: 'PRUNE' | 'GRAFT' | 'SEEN', line: Line): TreeMessage | undefined {
  if (line.fieldCount !== (name === 'PRUNE' ? 2 : 3)) return undefined
  const origin = toText(line.bytes, line.fieldStart(1), line.fieldEnd(1))
  if (name === 'PRUNE') return { kind: 'prune', origin }
  const at = wholeIn(line.bytes, line.fieldStart(2), line.fieldEnd(2), MAX_AT_DIGITS)
  return at === undefined ? undefined : { kind: name === 'GRAFT' ? 'graft' : 'seen', origin, at }
}

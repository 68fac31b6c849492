import { UsageError } from './exit.js'

/** What Node puts for bytes of an argument that are not UTF-8. */
const REPLACEMENT = '\ufffd'

/** Converts text to wire text, which has one character per byte of its UTF-8. */
export function toWireText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Decodes the bytes of wire text as UTF-8. */
export function fromWireText(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}

/** The same as `toWireText` for an argument of the command line. Throws a UsageError with this hint if it was not UTF-8. */
export function argumentToWire(argument: string, hint: string): string {
  if (argument.includes(REPLACEMENT)) throw new UsageError(`"${argument}" is not UTF-8`, hint)
  return toWireText(argument)
}

import { inspect } from 'node:util'
import { escapeControlsInLines } from '../log/escape-text.js'
import { PersonError } from '../person-error.js'
import { hint, note, type Streams } from './streams.js'

/** Writes an error to standard error: of a PersonError its text and hint; any other is a bug. */
export function printError(error: unknown, streams: Pick<Streams, 'stderr' | 'env'>): void {
  if (error instanceof PersonError) {
    note(error.message, streams)
    if (error.hint !== undefined) hint(error.hint, streams)
    return
  }
  note(internalErrorText(error), streams)
  hint('please report this bug; PROXYHERD_DEBUG=1 prints where it happened', streams)
  if (streams.env['PROXYHERD_DEBUG']) streams.stderr.write(`${escapeControlsInLines(inspect(error))}\n`)
}

/** The text of an error that is a bug. */
export function internalErrorText(error: unknown): string {
  return `internal error: ${String(error)}`
}

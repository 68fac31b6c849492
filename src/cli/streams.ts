import type { Readable, Writable } from 'node:stream'
import { toExcerpt } from '../log/escape-text.js'

/** A stream that may be a terminal. */
export type Input = Readable & { readonly isTTY?: boolean }
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** All that a subcommand touches of the process it runs in, so that a test can stand in for a terminal. */
export interface Streams {
  readonly stdin: Input
  /** The answer, and nothing else. */
  readonly stdout: Output
  /** The talk: notes, spinners, errors. */
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted when a person or the system asks the program to end. */
  readonly signal: AbortSignal
  /** The program is to keep running until then: an output that cannot be written does not end it, and SIGHUP calls `onReload`. */
  readonly keepRunning: (onReload: () => void) => void
}

/** Whether to write colour to this stream: a terminal, unless the user said no (https://no-color.org). */
export function wantsColour(output: Output, env: Streams['env']): boolean {
  return output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

/** Writes a note for a person, such as an error or a warning: one line, escaped and shortened because it may quote the network. */
export function note(words: string, { stderr }: Pick<Streams, 'stderr'>): void {
  stderr.write(`proxyherd: ${toExcerpt(words)}\n`)
}

/** Writes what a person can do about the note before. */
export function hint(words: string, streams: Pick<Streams, 'stderr'>): void {
  note(`hint: ${words}`, streams)
}

/** Resolves when the program was asked to end. */
export async function untilAsked({ signal }: Streams): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true })
  })
}

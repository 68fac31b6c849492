import type { Readable, Writable } from 'node:stream'
import { toExcerpt } from '../log/escape-text.js'

/** A stream that may be a terminal. */
export type Input = Readable & { readonly isTTY?: boolean }
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** Everything that a subcommand uses of its process, so that a test can replace it. */
export interface Streams {
  readonly stdin: Input
  /** For the answer, and nothing else. */
  readonly stdout: Output
  /** For everything else: notes, spinners, errors. */
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted when a person or the system asks the program to end, or with an UncaughtError as its reason. */
  readonly signal: AbortSignal
  /** Keeps the program running until `signal`: a lost output does not end it, and SIGHUP calls `onReload`. */
  readonly keepRunning: (onReload: () => void) => void
}

/** Ends a program that keeps running because of an error, its cause, that nothing has caught. */
export class UncaughtError extends Error {}

/** Whether to show a spinner or anything else that moves: on a terminal, unless the user has turned colour off (https://no-color.org). */
export function wantsSpinner(output: Output, env: Streams['env']): boolean {
  return output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

/**
 * Whether to write colour to this stream. `auto` means: where spinners are shown, but FORCE_COLOR turns it on, or off if it is 0 or
 * false. As in Node, it has precedence over NO_COLOR.
 */
export function wantsColour(
  output: Output,
  env: Streams['env'],
  when: 'always' | 'never' | 'auto' = 'auto',
): boolean {
  if (when !== 'auto') return when === 'always'
  const force = env['FORCE_COLOR']
  return force === undefined ? wantsSpinner(output, env) : force !== '0' && force !== 'false'
}

/** Where servers print what a person reads: standard output, or standard error if the log is on standard output. */
export function messagesOutput(
  { stdout, stderr }: Streams,
  { logTo }: { logTo: 'files' | 'stdout' },
): Output {
  return logTo === 'stdout' ? stderr : stdout
}

/** Writes an error or a warning to standard error: one line, escaped and shortened because it may quote the network. */
export function note(words: string, { stderr }: Pick<Streams, 'stderr'>): void {
  stderr.write(`proxyherd: ${toExcerpt(words)}\n`)
}

/** Writes what the user can do about the preceding note. */
export function hint(words: string, streams: Pick<Streams, 'stderr'>): void {
  note(`hint: ${words}`, streams)
}

/** Resolves when the program is asked to end. */
export async function untilAborted({ signal }: Streams): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true })
  })
}

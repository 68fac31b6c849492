import { EXIT } from './exit.js'
import type { Streams } from './streams.js'

/** What is touched of a process. */
export interface RunningProcess extends Omit<Streams, 'signal'> {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  exit(code?: number): void
}

/** The streams of the running process. SIGINT and SIGTERM abort `signal`; a second one ends the process at once. */
export function processStreams(process: RunningProcess): Streams {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(EXIT.failed)
      stop.abort()
    })
  }
  // Whoever read our answer has gone (`| head`): there is nobody left to answer, and that is no error.
  process.stdout.on('error', () => {
    process.exit()
  })
  const { stdin, stdout, stderr, env } = process
  return { stdin, stdout, stderr, env, signal: stop.signal }
}

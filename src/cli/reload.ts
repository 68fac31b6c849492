import type { Log } from '../log/log.js'
import type { Herd } from '../server/herd.js'
import { listed } from '../topology/words.js'
import type { Credential } from './credentials.js'
import { note, type Streams } from './streams.js'

/** What is reloaded while servers run. */
export interface Reloadable {
  readonly herd: Herd
  readonly credentials: readonly Credential[]
  /** One for each server. */
  readonly logs: readonly Log[]
}

/**
 * Reads all credentials again and reports to a person, through `say` and standard error, and to the logs what came of each. A log
 * file is opened for every write, so it is enough to write to it: the entry goes to the file that has the name now.
 */
export async function reload(
  { herd, credentials, logs }: Reloadable,
  streams: Streams,
  say: (text: string) => void,
): Promise<void> {
  const warn = (why: string): void => {
    note(why, streams)
    for (const log of logs) log.write({ kind: 'server', what: 'fault', why })
  }
  const reloaded: string[] = []
  for (const { name, reload } of credentials)
    try {
      for (const warning of await reload(herd)) warn(warning)
      reloaded.push(name)
    } catch (error) {
      warn(`cannot reload the ${name}, so what was in use stays: ${(error as Error).message}`)
    }
  // Servers that have stopped meanwhile have closed their logs.
  if (streams.signal.aborted) return
  const parts = listed([...reloaded, 'log files'])
  for (const log of logs) log.write({ kind: 'server', what: 'reloaded', parts })
  await Promise.all(logs.map((log) => log.flush()))
  say(`reloaded ${parts}`)
}

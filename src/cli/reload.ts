import type { Log } from '../log/log.js'
import type { PersonError } from '../person-error.js'
import type { Herd } from '../server/herd.js'
import { formatList } from '../topology/format-list.js'
import type { Credential } from './credentials.js'
import { hint, note, type Streams } from './streams.js'

/** What a reload renews while servers run. */
export interface Reloadable {
  readonly herd: Herd
  readonly credentials: readonly Credential[]
  /** One per server. */
  readonly logs: readonly Log[]
}

/**
 * Reads all credentials again, and reports the outcome of each through `print`, on standard error and in the logs. A log file is
 * opened for every write, so writing to it is enough: the entry goes to the file that has the name now.
 */
export async function reload(
  { herd, credentials, logs }: Reloadable,
  streams: Streams,
  print: (text: string) => void,
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
      const { message, hint: advice } = error as PersonError
      warn(`cannot reload the ${name}, so nothing changes: ${message}`)
      if (advice !== undefined) hint(advice, streams)
    }
  // Servers that have stopped in the meantime have closed their logs.
  if (streams.signal.aborted) return
  const parts = formatList([...reloaded, 'log files'])
  for (const log of logs) log.write({ kind: 'server', what: 'reloaded', parts })
  await Promise.all(logs.map((log) => log.flush()))
  print(`reloaded ${parts}`)
}

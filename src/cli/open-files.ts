import { readFile } from 'node:fs/promises'
import type { SlotLimits } from '../net/connection-slots.js'
import { MAX_CONNECTIONS, RESERVED_CONNECTIONS } from '../net/limits.js'
import { PersonError } from '../person-error.js'
import { hint, note, type Streams } from './streams.js'

/** What a process needs besides its connections: it has some 20 files open, and reads its modules at once when it starts. */
const FILES_OF_PROCESS = 128

/** The fewest files for each server: for its log and data, links, and a few clients. */
const MIN_FILES_OF_SERVER = 32

/** What a server needs at most for its own files, links and look-ups; as many as are reserved for new links. */
const MAX_FILES_OF_SERVER = RESERVED_CONNECTIONS

/** With room for fewer clients, a server says so at the start. */
const FEW_CLIENTS = 1_000

const HINT = 'raise it with "ulimit -n 20000", or with LimitNOFILE= for a service of systemd'

/**
 * How many files the process may have open. Node.js has raised that to the hard limit when it started. Undefined where the system does not
 * say it in a file; most other systems than Linux allow enough.
 */
export async function openFileLimit(limitsFile = '/proc/self/limits'): Promise<number | undefined> {
  const text = await readFile(limitsFile, 'latin1').catch(() => '')
  const [, digits] = /^Max open files +([0-9]+)/m.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** Throws a PersonError if the process may not have enough files open to run so many servers. */
export function checkOpenFiles(limit = Infinity, servers = 1): void {
  const least = FILES_OF_PROCESS + servers * MIN_FILES_OF_SERVER
  if (limit >= least) return
  const what = servers === 1 ? 'a server needs' : `${servers} servers need`
  throw new PersonError(
    `this process may have ${limit} files open (ulimit -n), but ${what} at least ${least}`,
    HINT,
  )
}

/** The connections that each of so many servers may have. Warns if these are few. Checks the limit as `checkOpenFiles` does. */
export function connectionLimits(
  limit = Infinity,
  servers: number,
  streams: Pick<Streams, 'stderr'>,
): SlotLimits {
  checkOpenFiles(limit, servers)
  const files = Math.floor((limit - FILES_OF_PROCESS) / servers)
  const reserved = Math.min(MAX_FILES_OF_SERVER, Math.floor(files / 4))
  const clients = Math.min(MAX_CONNECTIONS, files - 2 * reserved)
  if (clients < FEW_CLIENTS) {
    const who = servers === 1 ? 'its server' : 'each server'
    note(
      `this process may have ${limit} files open (ulimit -n), so ${who} has room for ${clients} connections of clients, not ${MAX_CONNECTIONS}`,
      streams,
    )
    hint(HINT, streams)
  }
  return { clients, reserved }
}

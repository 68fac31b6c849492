import { join } from 'node:path'

/** The folder of all logs in a state folder. */
export function logFolder(state: string): string {
  return join(state, 'logs')
}

/** The folder of the reports of one server. */
export function dataFolder(state: string, server: string): string {
  return join(state, 'data', server)
}

/** The log file of one server. */
export function logPath(state: string, server: string): string {
  return join(logFolder(state), `${server}.log`)
}

/** Where a server logs, in words. */
export function logPlace(
  { state, logTo }: { state: string; logTo: 'files' | 'stdout' },
  server: string,
): string {
  return logTo === 'stdout' ? 'standard output' : logPath(state, server)
}

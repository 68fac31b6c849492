import { join } from 'node:path'

/** The folder of the logs of all servers under a state folder. */
export function logFolder(state: string): string {
  return join(state, 'logs')
}

/** The log of one server. */
export function logPath(state: string, server: string): string {
  return join(logFolder(state), `${server}.log`)
}

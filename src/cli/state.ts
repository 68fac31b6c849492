import { join } from 'node:path'

/** The folder of the logs of all servers under a state folder. */
export function logFolder(state: string): string {
  return join(state, 'logs')
}

/** The reports that one server keeps. */
export function dataFolder(state: string, server: string): string {
  return join(state, 'data', server)
}

/** The log of one server. */
export function logPath(state: string, server: string): string {
  return join(logFolder(state), `${server}.log`)
}

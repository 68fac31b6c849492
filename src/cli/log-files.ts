import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileErrorText } from '../log/file-error-text.js'
import { undefinedIfMissing } from '../log/rotated-files.js'
import { PersonError } from '../person-error.js'
import { logFolder, logPath } from './state-paths.js'
import { note, type Streams } from './streams.js'

/** The log files of a state folder, or of some servers. */
export class LogFiles {
  readonly #state: string
  readonly #servers: readonly string[]

  constructor(state: string, servers: readonly string[]) {
    this.#state = state
    this.#servers = servers
  }

  /** The names of the servers. Throws a PersonError if there is none, or if one of those that were asked for is missing. */
  async find(): Promise<string[]> {
    const all = await this.#all()
    const folder = logFolder(this.#state)
    if (all.length === 0)
      throw new PersonError(
        `no logs found in ${folder}`,
        'start a herd with "proxyherd herd up", or name its state folder with --state',
      )
    const missing = this.#servers.find((server) => !all.includes(server))
    if (missing !== undefined)
      throw new PersonError(
        `no log of "${missing}" found in ${folder}`,
        `there are logs of ${all.join(', ')}`,
      )
    return this.#wanted(all)
  }

  /** The names of the servers that have a log. What is missing may still come, and is noted. */
  async findOrWait(streams: Streams): Promise<string[]> {
    const all = await this.#all()
    const folder = logFolder(this.#state)
    const missing = this.#servers.filter((server) => !all.includes(server))
    if (all.length === 0 && missing.length === 0) note(`no logs in ${folder} yet, waiting`, streams)
    for (const server of missing) note(`no log of "${server}" in ${folder} yet, waiting`, streams)
    return this.#wanted(all)
  }

  /** The paths of the logs there are now. */
  async paths(): Promise<string[]> {
    return this.#wanted(await this.#all()).map((name) => logPath(this.#state, name))
  }

  #wanted(all: string[]): string[] {
    return this.#servers.length === 0 ? all : all.filter((name) => this.#servers.includes(name))
  }

  async #all(): Promise<string[]> {
    const folder = logFolder(this.#state)
    try {
      const files = (await undefinedIfMissing(readdir(folder))) ?? []
      return files
        .filter((file) => file.endsWith('.log'))
        .map((file) => basename(file, '.log'))
        .sort()
    } catch (error) {
      throw new PersonError(`${folder} cannot be read: ${fileErrorText(error as NodeJS.ErrnoException)}`)
    }
  }
}

import { existsSync } from 'node:fs'
import { rmdir, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { lockLog } from './log-lock.js'
import { dataFolder, logPath } from './state-paths.js'

/** The logs and folders that servers make at their start and that do not exist yet, so that a start that fails can remove them. */
export class StartLeftovers {
  readonly #logs: readonly string[]
  /** Each before those above it. */
  readonly #folders: readonly string[]

  /** Call this before the start. */
  constructor(state: string, servers: readonly string[]) {
    const logs = servers.map((server) => logPath(state, server))
    this.#logs = logs.filter((log) => !existsSync(log))
    const folders = new Set<string>()
    for (const path of [...logs.map(dirname), ...servers.map((server) => dataFolder(state, server))])
      for (let at = path; !existsSync(at); at = dirname(at)) folders.add(at)
    this.#folders = [...folders].sort((a, b) => b.length - a.length)
  }

  /**
   * Removes what there is of them, but no folder that holds anything: a server may have taken in reports before another one failed. Logs that
   * another process writes to stay: it may have started at the same time, and be the reason why this one failed.
   */
  async remove(): Promise<void> {
    for (const log of this.#logs) await removeLog(log)
    for (const folder of this.#folders) await rmdir(folder).catch(() => undefined)
  }
}

async function removeLog(path: string): Promise<void> {
  let isShared = false as boolean
  try {
    const unlock = await lockLog(path, () => (isShared = true))
    if (!isShared) await unlink(path)
    await unlock?.()
  } catch {
    // There is no such log or folder.
  }
}

import { PersonError } from '../person-error.js'
import type { Report } from '../protocol/report.js'
import { Database } from './database.js'
import { Label } from './label.js'
import { faultWords, isLocked } from './words.js'

/** How long a report waits for others to be committed with it; with the time that a commit takes it stays under a second. */
const COMMIT_INTERVAL_MS = 500

export interface StoreOptions {
  /** `…/data/Clark`; it is made if need be. */
  readonly folder: string
  /** The server's name. */
  readonly server: string
  /** Given every report that is on disk, some perhaps twice, before the store is open. */
  readonly onReport: (report: Report) => void
  /** Told in words what was lost; and when reports cannot be written: once, until it has worked again. */
  readonly onFault: (words: string) => void
  /** Told in words when reports can be written again. */
  readonly onRecovery: (words: string) => void
}

/**
 * Loads a server's reports and keeps them on disk from then on. Rejects with a PersonError when another process has the folder,
 * when it holds anything else, or when it cannot be read.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, server, onReport, onFault } = options
  let database: Database | undefined
  try {
    database = new Database(folder, await Label.read(folder, server), onFault)
    await database.load(onReport)
    return new Store(options, database)
  } catch (error) {
    await database?.close()
    if (error instanceof PersonError) throw error
    if (isLocked(error))
      throw new PersonError(
        `the data in ${folder} are in use by another process`,
        `see which with "lsof ${folder}/LOCK", or keep nothing on disk with --no-store`,
      )
    throw new PersonError(
      `the data in ${folder} cannot be opened: ${faultWords(error)}`,
      'name another folder with --state, or keep nothing on disk with --no-store',
    )
  }
}

/** Keeps the newest report of each client on disk. While the disk fails they are kept in memory and tried again, one a client. */
export class Store {
  readonly #options: StoreOptions
  readonly #database: Database
  #waiting = new Map<string, Report>()
  #lastCommit = Promise.resolve(true)
  // The commit that will take what waits: whoever asks for one before it begins shares it.
  #nextCommit: Promise<boolean> | undefined
  #timer: NodeJS.Timeout | undefined
  #isFaulty = false

  /** Of a database that is loaded; see `openStore`. */
  constructor(options: StoreOptions, database: Database) {
    this.#options = options
    this.#database = database
  }

  /** Takes the report that is now the newest of its client, to be committed within a second. Never waits, never throws. */
  put(report: Report): void {
    this.#waiting.set(report.client, report)
    this.#commitSoon()
  }

  /** Resolves with whether all that was put before is on disk, safe from a power cut too; if false, it is tried again. */
  committed(): Promise<boolean> {
    this.#nextCommit ??= this.#lastCommit.then(() => {
      this.#nextCommit = undefined
      return this.#commit()
    })
    this.#lastCommit = this.#nextCommit
    return this.#nextCommit
  }

  /** Commits what waits and closes the store; nothing may be put any more. */
  async close(): Promise<void> {
    await this.committed()
    clearTimeout(this.#timer)
    await this.#database.close()
    const { folder, onFault } = this.#options
    if (this.#waiting.size > 0)
      onFault(`reports that could not be written to ${folder}: ${this.#waiting.size}`)
  }

  #commitSoon(): void {
    this.#timer ??= setTimeout(() => void this.committed(), COMMIT_INTERVAL_MS)
  }

  async #commit(): Promise<boolean> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const reports = this.#waiting
    if (reports.size === 0) return true
    this.#waiting = new Map()
    const { folder, onFault, onRecovery } = this.#options
    try {
      await this.#database.write(reports)
      if (this.#isFaulty) onRecovery(`the data in ${folder} are written again`)
      this.#isFaulty = false
      return true
    } catch (error) {
      this.#keep(reports)
      if (!this.#isFaulty) onFault(`the data in ${folder} cannot be written: ${faultWords(error)}`)
      this.#isFaulty = true
      return false
    }
  }

  // What was put meanwhile is newer.
  #keep(reports: Map<string, Report>): void {
    for (const [client, report] of this.#waiting) reports.set(client, report)
    this.#waiting = reports
    this.#commitSoon()
  }
}

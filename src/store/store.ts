import { PersonError } from '../person-error.js'
import type { Unstored } from '../flood/unstored.js'
import type { Report } from '../protocol/report.js'
import { Database } from './database.js'
import { Label } from './label.js'
import { faultWords, isLocked } from './words.js'

/** How long a report waits for others to be committed with it; with the time that a commit takes it stays under a second. */
const COMMIT_INTERVAL_MS = 500

/**
 * How long a report waits that came from another server of the process, which stores it within a second: of a client that moves all the
 * time only the newest is stored then, and not by each server each time.
 */
const DEFER_MS = 10_000

/** So many reports at most are committed at once: a disk that has come back must not cost the memory of all of them. */
const MAX_COMMIT = 50_000

/** The reports of a server, as far as its store is concerned. */
export interface StoredReports {
  /** Takes in a report that is on disk. */
  hear(report: Report): void
  /** The clients whose reports are to be stored, by their numbers. */
  readonly unstored: Pick<Unstored, 'start' | 'size' | 'add' | 'undefer' | 'take'>
  /** The newest report of a client by its number, valid until another is heard. */
  reportOf(client: number): Report
}

export interface StoreOptions {
  /** `…/data/Clark`; it is made if need be. */
  readonly folder: string
  /** The server's name. */
  readonly server: string
  readonly reports: StoredReports
  /** Told in words what was lost; and when reports cannot be written: once, until it has worked again. */
  readonly onFault: (words: string) => void
  /** Told in words when reports can be written again. */
  readonly onRecovery: (words: string) => void
  /** How long what can wait does; 0 if nothing may. */
  readonly deferMs?: number
}

/**
 * Loads a server's reports and keeps them on disk from then on. Rejects with a PersonError when another process has the folder,
 * when it holds anything else, or when it cannot be read.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, server, reports, onFault } = options
  let database: Database | undefined
  try {
    database = new Database(folder, await Label.read(folder, server), onFault)
    await database.load((report) => {
      reports.hear(report)
    })
    reports.unstored.start(options.deferMs !== 0)
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

/** Keeps the newest report of each client on disk. While the disk fails they are only in memory, and tried again. */
export class Store {
  readonly #options: StoreOptions
  readonly #database: Database
  #lastCommit = Promise.resolve(true)
  // The commit that will take what is unstored: whoever asks for one before it begins shares it.
  #nextCommit: Promise<boolean> | undefined
  #timer: NodeJS.Timeout | undefined
  #deferTimer: NodeJS.Timeout | undefined
  #isFaulty = false

  /** Of a database that is loaded; see `openStore`. */
  constructor(options: StoreOptions, database: Database) {
    this.#options = options
    this.#database = database
  }

  /** Sees that what is unstored is committed within a second. Never waits, never throws. */
  commitSoon(): void {
    this.#timer ??= setTimeout(() => void this.committed(), COMMIT_INTERVAL_MS)
  }

  /** Sees that what can wait is committed after some time. Never waits, never throws. */
  commitLater(): void {
    this.#deferTimer ??= setTimeout(() => {
      this.#deferTimer = undefined
      this.#options.reports.unstored.undefer()
      this.commitSoon()
    }, this.#options.deferMs ?? DEFER_MS)
  }

  /** Resolves with whether all that was heard before, and cannot wait, is on disk, safe from a power cut too; if false, it is tried again. */
  committed(): Promise<boolean> {
    this.#nextCommit ??= this.#lastCommit.then(() => {
      this.#nextCommit = undefined
      return this.#commit()
    })
    this.#lastCommit = this.#nextCommit
    return this.#nextCommit
  }

  /** Commits what is unstored and closes the store. */
  async close(): Promise<void> {
    clearTimeout(this.#deferTimer)
    this.#options.reports.unstored.undefer()
    await this.committed()
    clearTimeout(this.#timer)
    await this.#database.close()
    const { folder, reports, onFault } = this.#options
    const { size } = reports.unstored
    if (size > 0) onFault(`reports that could not be written to ${folder}: ${size}`)
  }

  async #commit(): Promise<boolean> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { reports } = this.#options
    // What comes meanwhile is at the end.
    for (let left = reports.unstored.size; left > 0; left -= MAX_COMMIT)
      if (!(await this.#commitSome(Math.min(left, MAX_COMMIT)))) return false
    return true
  }

  async #commitSome(most: number): Promise<boolean> {
    const { folder, reports, onFault, onRecovery } = this.#options
    const clients = reports.unstored.take(most)
    try {
      await this.#database.write({
        *[Symbol.iterator]() {
          for (const client of clients) yield reports.reportOf(client)
        },
      })
      if (this.#isFaulty) onRecovery(`the data in ${folder} are written again`)
      this.#isFaulty = false
      return true
    } catch (error) {
      for (const client of clients) reports.unstored.add(client)
      this.commitSoon()
      if (!this.#isFaulty) onFault(`the data in ${folder} cannot be written: ${faultWords(error)}`)
      this.#isFaulty = true
      return false
    }
  }
}

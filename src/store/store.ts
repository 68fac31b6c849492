import type { ClientNumber } from '../memory/numbers.js'
import { PersonError } from '../person-error.js'
import type { Follower, FollowPolicy } from '../flood/follower.js'
import type { Neighbour } from '../flood/neighbour.js'
import type { Report } from '../protocol/report.js'
import { Database } from './database.js'
import { Label } from './label.js'
import { faultWords, isLocked, LostError } from './store-errors.js'

/** How long a report waits for others to be committed with it. Together with the commit itself, this stays under a second. */
const COMMIT_INTERVAL_MS = 500

/**
 * How long a report from another server of the process waits. That server stores it within a second, so this one stores only the newest
 * report of a client that moves often.
 */
const DEFER_MS = 10_000

/** The maximum number of reports per commit, so that committing all of them after a disk failure takes little memory. */
const MAX_COMMIT = 50_000

/** The reports of a server, as far as its store is concerned. */
export interface StoredReports {
  /** Takes in a report that is on disk. */
  receive(report: Report): void
  /** Follows what changes. */
  follow(policy: FollowPolicy): Follower
  /** The newest report of a client, valid until the next is received. */
  reportOf(client: ClientNumber): Report
}

export interface StoreOptions {
  /** `…/data/Clark`; it is made if need be. */
  readonly folder: string
  /** The server's name. */
  readonly server: string
  readonly reports: StoredReports
  /** Called with a description of what was lost, or why reports cannot be written: once per reason, until a write has succeeded again. */
  readonly onFault: (words: string) => void
  /** Called with a message when all reports are on disk again. */
  readonly onRecovery: (words: string) => void
  /** How long reports from servers of the same process wait; 0 commits them like any other. */
  readonly deferMs?: number
}

/**
 * Loads a server's reports and keeps them on disk from then on. Rejects with a PersonError when another process has the folder,
 * when it holds anything else, or when it cannot be read.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await openDatabase(options, options.onFault)
  return new Store(options, database)
}

/** Opens the database of a folder and takes in what it holds. Throws a PersonError. */
async function openDatabase(
  { folder, server, reports }: StoreOptions,
  onLoss: (words: string) => void,
): Promise<Database> {
  let database: Database | undefined
  try {
    database = new Database(folder, await Label.read(folder, server), onLoss)
    await database.load((report) => {
      reports.receive(report)
    })
    return database
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

/**
 * Keeps the newest report of each client on disk. While writes fail, reports are only in memory and are retried. When the folder is removed
 * or replaced, all reports are written to a new one.
 */
export class Store {
  readonly #options: StoreOptions
  /** The reports to commit soon, and those that can wait, since another server of the process commits them soon. */
  readonly #unsaved: Follower
  readonly #deferred: Follower
  #database: Database
  #lastCommit = Promise.resolve(true)
  // The next commit. All requests for a commit before it starts share it.
  #nextCommit: Promise<boolean> | undefined
  readonly #deferMs: number
  #timer: NodeJS.Timeout | undefined
  #deferTimer: NodeJS.Timeout | undefined
  /** The last reported fault, until all reports are on disk again. */
  #fault: string | undefined
  /** Whether stored reports are lost, so that the folder must be opened again and all reports written to it. */
  #isLost = false
  #closed: Promise<number> | undefined

  /** Of a database that is loaded; see `openStore`. */
  constructor(options: StoreOptions, database: Database) {
    const { reports, deferMs = DEFER_MS } = options
    this.#options = options
    this.#database = database
    this.#deferMs = deferMs
    const canWait = (sender: Neighbour | undefined): boolean => deferMs > 0 && sender?.kind === 'local'
    this.#unsaved = reports.follow({ from: 'now', selects: (_, __, sender) => !canWait(sender) })
    this.#deferred = reports.follow({ from: 'now', selects: (_, __, sender) => canWait(sender) })
  }

  /** Schedules commits: of most reports within a second, of those that can wait later. Never blocks, never throws. */
  flush(): void {
    if (this.#closed) return
    if (this.#unsaved.size > 0) this.#commitSoon()
    if (this.#deferred.size > 0)
      this.#deferTimer ??= setTimeout(() => {
        this.#deferTimer = undefined
        this.#endWait()
        this.#commitSoon()
      }, this.#deferMs)
  }

  /** Resolves with whether all reports received before, except those that can wait, are synced to disk. If not, they are retried. */
  committed(): Promise<boolean> {
    this.#nextCommit ??= this.#lastCommit.then(() => {
      this.#nextCommit = undefined
      return this.#commit()
    })
    this.#lastCommit = this.#nextCommit
    return this.#nextCommit
  }

  /** Commits what is not on disk and closes the store. Resolves with how many reports could not be saved. */
  close(): Promise<number> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<number> {
    clearTimeout(this.#deferTimer)
    this.#endWait()
    await this.committed()
    // The folder was removed just now: it has not been made anew yet.
    if (this.#isLost) await this.committed()
    await this.#database.close()
    const { folder, onFault } = this.#options
    const { size } = this.#unsaved
    this.#unsaved.cancel()
    this.#deferred.cancel()
    if (size > 0) onFault(`stopped with reports that could not be saved in ${folder}: ${size}`)
    return size
  }

  async #commit(): Promise<boolean> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { folder, onRecovery } = this.#options
    try {
      if (this.#isLost) await this.#reopen()
      // A write checks by itself.
      else if (this.#unsaved.size === 0) await this.#database.check()
      // Reports that change meanwhile are committed last.
      for (let left = this.#unsaved.size; left > 0; left -= MAX_COMMIT)
        await this.#commitSome(Math.min(left, MAX_COMMIT))
    } catch (error) {
      this.#failed(error)
      return false
    }
    if (this.#fault !== undefined) onRecovery(`the data in ${folder} are written again`)
    this.#fault = undefined
    return true
  }

  async #commitSome(most: number): Promise<void> {
    const { reports } = this.#options
    const clients = this.#unsaved.take(most)
    for (const client of clients) this.#deferred.drop(client)
    try {
      await this.#database.write({
        *[Symbol.iterator]() {
          for (const client of clients) yield reports.reportOf(client)
        },
      })
    } catch (error) {
      for (const client of clients) this.#unsaved.add(client)
      throw error
    }
  }

  #failed(error: unknown): void {
    const { folder, onFault } = this.#options
    const words = failureWords(folder, error)
    if (words !== this.#fault) onFault(words)
    this.#fault = words
    if (error instanceof LostError) {
      this.#isLost = true
      this.#unsaved.restart()
    }
    this.#commitSoon()
  }

  #commitSoon(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => void this.committed(), COMMIT_INTERVAL_MS)
  }

  /** Moves the reports that could wait to those that are committed soon. */
  #endWait(): void {
    for (let client = this.#deferred.next(); client !== undefined; client = this.#deferred.next())
      this.#unsaved.add(client)
  }

  /** Opens what is at the folder's path now, which may be an older copy of the data. */
  async #reopen(): Promise<void> {
    await this.#database.release()
    // Whatever is damaged or missing there is in memory.
    const database = await openDatabase(this.#options, () => undefined)
    await this.#database.close()
    this.#database = database
    this.#isLost = false
  }
}

function failureWords(folder: string, error: unknown): string {
  if (error instanceof LostError)
    return `the data in ${folder} are lost: ${error.message}; all reports are in memory and will be written again`
  if (error instanceof PersonError) return `reports cannot be written: ${error.message}`
  return `the data in ${folder} cannot be written: ${faultWords(error)}`
}

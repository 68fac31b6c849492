import { setImmediate as turn } from 'node:timers/promises'
import type { Follower } from '../flood/follower.js'
import type { Neighbour } from '../flood/neighbour.js'
import { Histogram } from '../histogram.js'
import type { ClientNumber } from '../memory/numbers.js'
import { PersonError } from '../person-error.js'
import { BlockWriter } from './block.js'
import { Compactor } from './compactor.js'
import type { Journal } from './journal.js'
import { openFolder } from './open-folder.js'
import { faultWords, isFull, LostError, UnsyncedError } from './store-errors.js'
import type { StoreFigures, StoreOptions, StoreStatus } from './store-options.js'

/** How long after a write it is synced, and after a failure the next try is made. */
const SYNC_INTERVAL_MS = 1_000

/**
 * How long a report from another server of this program waits. The server of the client has written it before its reply, so this one writes
 * only the newest report of a client that moves often.
 */
const DEFER_MS = 10_000

/** The most blocks that are written before other work goes on: when all reports must be written again, there are many. */
const MAX_BLOCKS = 16

/** From a fast disk to one that is about to fail. In seconds. */
const COMMIT_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Loads a server's reports and keeps them on disk from then on. On a full disk it keeps them in memory until there is room. Rejects with a
 * PersonError when another process has the folder, when it holds anything else, or when it cannot be read; or with the reason of the signal.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  let lost = 0
  const onLoss = (words: string, reports: number): void => {
    lost += reports
    options.onFault(words)
  }
  try {
    return new Store(options, await openFolder(options, onLoss), lost)
  } catch (error) {
    if (!isFull(error)) throw error
    return new Store(options, undefined, lost, error)
  }
}

/**
 * Keeps the newest report of each client on disk. While writes fail, reports are only in memory and are retried. When the folder is removed
 * or replaced, all reports are written to a new one.
 */
export class Store {
  readonly #options: StoreOptions
  /** The reports to write at once, and those that can wait, since the server of the client writes them at once. */
  readonly #unsaved: Follower
  readonly #deferred: Follower
  readonly #block = new BlockWriter()
  /** Undefined while there is none, so that the folder must be opened again. */
  #journal: Journal | undefined
  readonly #lost: number
  #lastCommit = Promise.resolve(true)
  // The next commit. All requests for a commit before it starts share it.
  #nextCommit: Promise<boolean> | undefined
  readonly #deferMs: number
  #timer: NodeJS.Timeout | undefined
  #deferTimer: NodeJS.Timeout | undefined
  /** The last reported fault, until all reports are on disk again. */
  #fault: string | undefined
  /** Whether the folder must be opened again. */
  #isLost = false
  /** Whether reports that can wait have waited long enough. */
  #isWaitOver = false
  /** The clients whose reports are in the block that is being written. */
  readonly #clients: ClientNumber[] = []
  readonly #compactor: Compactor
  readonly #commitSeconds = new Histogram(COMMIT_BOUNDS)
  #failedCommits = 0
  #closed: Promise<number> | undefined

  /** Of a journal that is loaded, or undefined with the reason if the disk is too full to open it; see `openStore`. */
  constructor(options: StoreOptions, journal: Journal | undefined, lost: number, fault?: unknown) {
    const { reports, deferMs = DEFER_MS } = options
    this.#options = options
    this.#journal = journal
    this.#lost = lost
    this.#deferMs = deferMs
    const canWait = (sender: Neighbour | undefined): boolean =>
      deferMs > 0 && sender !== undefined && sender.kind !== 'plain'
    this.#unsaved = reports.follow({
      from: 'now',
      forgets: true,
      selects: (_, __, sender) => !canWait(sender),
      onRemoved: ignore,
    })
    this.#deferred = reports.follow({
      from: 'now',
      forgets: true,
      selects: (_, __, sender) => canWait(sender),
      onRemoved: ignore,
    })
    this.#compactor = new Compactor(options, () => {
      // It closes the files that were removed.
      this.#commitSoon()
    })
    if (journal) this.#compactor.runIfDue(journal)
    else this.#failed(fault)
  }

  get status(): StoreStatus {
    return { unsaved: this.#unsaved.size + this.#deferred.size, fault: this.#fault, lost: this.#lost }
  }

  get figures(): StoreFigures {
    const { bytes = 0 } = this.#journal ?? {}
    return { bytes, commitSeconds: this.#commitSeconds, failedCommits: this.#failedCommits }
  }

  /** Writes most reports, and schedules a sync; those that can wait are written later. Never throws. */
  flush(): void {
    if (this.#closed) return
    if (this.#fault === undefined && this.#unsaved.size > 0) this.#writeNow()
    if (this.#deferred.size > 0)
      this.#deferTimer ??= setTimeout(() => {
        this.#deferTimer = undefined
        this.#isWaitOver = true
        void this.committed()
      }, this.#deferMs)
  }

  /** Resolves with whether all reports received before, except those that can wait, are synced to disk. If not, they are retried. */
  committed(): Promise<boolean> {
    // Requests of one turn share a commit, which follows the tick of that turn.
    this.#nextCommit ??= this.#lastCommit
      .then(() => turn())
      .then(() => {
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
    this.#isWaitOver = true
    await this.committed()
    // The folder was removed just now: it has not been made anew yet.
    if (this.#isLost) await this.committed()
    await this.#closeJournal()
    for (const client of this.#deferred.take(Infinity)) this.#unsaved.add(client)
    const { size } = this.#unsaved
    this.#unsaved.cancel()
    this.#deferred.cancel()
    const { folder, onFault } = this.#options
    if (size > 0) onFault(`stopped with reports that could not be saved in ${folder}: ${size}`)
    return size
  }

  async #commit(): Promise<boolean> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const startedAt = performance.now()
    try {
      if (this.#isLost) await this.#closeJournal()
      this.#journal ??= await openFolder(this.#options)
      if (this.#isLost) this.#journal.beginAnew()
      this.#isLost = false
      await this.#writeAll(this.#unsaved)
      if (this.#isWaitOver) await this.#writeAll(this.#deferred)
      this.#isWaitOver = false
      await this.#journal.sync()
      this.#commitSeconds.add((performance.now() - startedAt) / 1_000)
    } catch (error) {
      this.#failedCommits += 1
      this.#failed(error)
      return false
    }
    const { folder, onRecovery } = this.#options
    if (this.#fault !== undefined) onRecovery(`the data in ${folder} are written again`)
    this.#fault = undefined
    if (!this.#closed) this.#compactor.runIfDue(this.#journal)
    return true
  }

  #writeNow(): void {
    try {
      while (this.#writeBlock(this.#unsaved) > 0);
      this.#commitSoon()
      this.#compactor.runIfDue(this.#journal as Journal)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Writes what a follower has now, in parts; reports that change meanwhile come last. */
  async #writeAll(follower: Follower): Promise<void> {
    let left = follower.size
    while (left > 0) {
      for (let blocks = 0; blocks < MAX_BLOCKS; blocks += 1) left -= this.#writeBlock(follower)
      // Less than expected if there were clients without a report.
      left = Math.min(left, follower.size)
      if (left > 0) await turn()
    }
  }

  /** Writes a block of reports. Returns of how many clients. Throws a LostError or an error of files. */
  #writeBlock(follower: Follower): number {
    const { reports } = this.#options
    const other = follower === this.#unsaved ? this.#deferred : this.#unsaved
    const clients = this.#clients
    clients.length = 0
    other.absorb()
    while (this.#block.hasRoom) {
      const client = follower.next()
      if (client === undefined) break
      other.dropQueued(client)
      clients.push(client)
      this.#block.add(reports.lineOf(client))
    }
    if (clients.length > 0) this.#append(follower, this.#block.take())
    return clients.length
  }

  /** Appends a block to the journal; if that fails, its clients are still to be written. */
  #append(follower: Follower, block: Buffer): void {
    try {
      ;(this.#journal as Journal).append(block)
    } catch (error) {
      for (const client of this.#clients) follower.add(client)
      throw error
    }
  }

  /** Reports a fault, unless it is known, and schedules the next try. */
  #failed(error: unknown): void {
    const { folder, onFault } = this.#options
    const words = failureWords(folder, error)
    if (words !== this.#fault) onFault(words)
    this.#fault = words
    this.#isLost ||= error instanceof LostError
    if (error instanceof LostError || error instanceof UnsyncedError) this.#unsaved.restart()
    this.#commitSoon()
  }

  #commitSoon(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => void this.committed(), SYNC_INTERVAL_MS)
  }

  async #closeJournal(): Promise<void> {
    await this.#compactor.stop()
    await this.#journal?.close()
    this.#journal = undefined
  }
}

/** A removal is not written: what is on disk has a time, by which it is left out when it is loaded. */
function ignore(): void {
  // Without it, the follower would keep removed clients until somebody reads which they are.
}

function failureWords(folder: string, error: unknown): string {
  if (error instanceof LostError)
    return `the data in ${folder} are lost: ${error.message}; all reports are in memory and will be written again`
  if (error instanceof PersonError) return `reports cannot be written: ${error.message}`
  return `the data in ${folder} cannot be written: ${faultWords(error)}`
}

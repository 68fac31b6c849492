import { compact } from './compaction.js'
import type { Journal } from './journal.js'
import { faultWords, LostError } from './store-errors.js'
import type { StoreOptions } from './store-options.js'

/** How long after a compaction that failed the next one starts. */
const AGAIN_MS = 60_000

/** Compacts a journal when that is due, one compaction at a time. */
export class Compactor {
  readonly #options: Pick<StoreOptions, 'folder' | 'reports' | 'onFault'>
  readonly #onEnd: () => void
  #running: Promise<void> | undefined
  #stopping = new AbortController()
  /** The last reported fault, until a compaction has succeeded. */
  #fault: string | undefined
  #nextAt = -Infinity

  /** `onEnd` is called after each compaction. */
  constructor(options: Pick<StoreOptions, 'folder' | 'reports' | 'onFault'>, onEnd: () => void) {
    this.#options = options
    this.#onEnd = onEnd
  }

  /** Starts a compaction if it is due and none runs. */
  runIfDue(journal: Journal): void {
    if (!journal.isCompactionDue || this.#running || performance.now() < this.#nextAt) return
    this.#running = this.#run(journal).finally(() => {
      this.#running = undefined
      this.#onEnd()
    })
  }

  /** Stops a compaction that runs, which leaves the old files. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    this.#stopping = new AbortController()
  }

  async #run(journal: Journal): Promise<void> {
    const { folder, reports, onFault } = this.#options
    const { signal } = this.#stopping
    try {
      await compact(journal, reports, signal)
      this.#fault = undefined
    } catch (error) {
      this.#nextAt = performance.now() + AGAIN_MS
      const words = `the data in ${folder} cannot be made smaller: ${faultWords(error)}`
      // A loss is found again by the next commit.
      if (signal.aborted || error instanceof LostError || words === this.#fault) return
      this.#fault = words
      onFault(words)
    }
  }
}

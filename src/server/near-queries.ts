import type { Flood } from '../flood/flood.js'
import type { SlicedWork } from '../flood/sliced-work.js'
import { Near } from '../near/near.js'
import type { WorkQueue } from '../places/work-queue.js'
import { SLICE } from './slice-scheduler.js'

/**
 * The time for queries that are answered at once, per tick: about 50 usual ones. Others wait for their turn in the queue, and for the next turn of
 * the event loop.
 */
export const MAX_AT_ONCE_MS = 2

/** For so long after a query, changes are applied as they come, so that the next query need not apply them. */
export const KEEP_UP_MS = 5_000

/** The most changes that are applied in a tick without a query: half a millisecond of work. The next query applies the others. */
export const MAX_KEPT_UP = 1_000

/** The index is dropped when nobody has asked for so long. Building it again takes about half a second for a million clients. */
export const DROP_AFTER_MS = 60_000

/** The part of a flood that is needed. */
type IndexedFlood = Pick<Flood, 'follow' | 'reportOf'> & {
  readonly slices: Pick<SlicedWork, 'isDropping' | 'work'>
}

/**
 * Answers who is near. The index is built when somebody asks, so a server that nobody asks pays nothing for it; while it is not asked for
 * a while, it only notes which clients have changed.
 */
export class NearQueries {
  readonly #flood: IndexedFlood
  readonly #work: Pick<WorkQueue, 'add'>
  readonly #now: () => number
  #near: Near | undefined
  #askedAt = -Infinity
  /** The time that queries have taken at once in this tick. */
  #atOnceMs = 0

  /** Queries are answered in turn in `work`. `now` is a clock in milliseconds. */
  constructor(
    flood: IndexedFlood,
    work: Pick<WorkQueue, 'add'>,
    now: () => number = () => performance.now(),
  ) {
    this.#flood = flood
    this.#work = work
    this.#now = now
  }

  /** The bytes of the index. */
  get bytes(): number {
    return this.#near?.bytes ?? 0
  }

  /** How many clients have changed since they were applied to the index; 0 without one. */
  get unapplied(): number {
    return this.#near?.unapplied ?? 0
  }

  /**
   * Calls `read` once the index has all that has changed so far, now or later; resolves to what that returns. It stays pending if the work of its
   * owner, a client's connection, is forgotten.
   */
  find<T>(owner: object, read: (near: Near) => T): Promise<T> {
    const near = this.#open()
    const isBehind = near.isLoading || near.unapplied > SLICE || this.#flood.slices.isDropping
    if (isBehind || this.#atOnceMs >= MAX_AT_ONCE_MS) return this.#findInTurn(owner, read)
    near.work(SLICE)
    const found = read(near)
    this.#atOnceMs += this.#now() - this.#askedAt
    return Promise.resolve(found)
  }

  /** Called once per tick. */
  keepUp(): void {
    this.#atOnceMs = 0
    const idleMs = this.#now() - this.#askedAt
    if (idleMs <= KEEP_UP_MS) this.#near?.work(MAX_KEPT_UP)
    else if (idleMs > DROP_AFTER_MS) this.close()
  }

  /** Drops the index. */
  close(): void {
    this.#near?.close()
    this.#near = undefined
  }

  #findInTurn<T>(owner: object, read: (near: Near) => T): Promise<T> {
    return new Promise((resolve) => {
      let left: number | undefined
      const takeTurn = (): void => {
        const near = this.#open()
        // What changes from here on need not be applied, or a busy server might never answer.
        if (!near.isLoading) left ??= near.unapplied
        near.work(SLICE)
        if (left !== undefined) left -= SLICE
        // What has expired must not be found.
        const { isDropping } = this.#flood.slices
        if (isDropping) this.#flood.slices.work(SLICE)
        if (left === undefined || left > 0 || near.isLoading || isDropping) this.#work.add(owner, takeTurn)
        else resolve(read(near))
      }
      this.#work.add(owner, takeTurn)
    })
  }

  #open(): Near {
    this.#askedAt = this.#now()
    this.#near ??= new Near(this.#flood)
    return this.#near
  }
}

import { RoundRobin } from './round-robin.js'

/**
 * The maximum time for look-ups per turn of the event loop. Everyone else waits that long in each turn, so it is as short as the minimum
 * time for hashing; a look-up takes 0.02 to 1 ms.
 */
export const MAX_WORK_MS = 5

/** A piece of work, which must not reject. The queue waits for it. */
type Work = () => void | Promise<void>

/** Does the work of many owners in turn, a few milliseconds per turn of the event loop. Other events are processed in between. */
export class WorkQueue {
  readonly #now: () => number
  readonly #waiting = new RoundRobin<Work>()
  #isScheduled = false

  /** `now` is a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  add(owner: object, work: Work): void {
    this.#waiting.add(owner, work)
    this.#schedule()
  }

  /** Drops the work of an owner. */
  forget(owner: object): void {
    this.#waiting.takeAllOf(owner)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      void this.#takeTurn()
    })
  }

  async #takeTurn(): Promise<void> {
    const endsAt = this.#now() + MAX_WORK_MS
    do await this.#waiting.take()?.()
    while (this.#waiting.size > 0 && this.#now() < endsAt)
    this.#isScheduled = false
    if (this.#waiting.size > 0) this.#schedule()
  }
}

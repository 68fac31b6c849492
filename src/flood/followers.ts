import { LOG_CHANGES, type ChangeLog } from './change-log.js'
import type { Follower } from './follower.js'

/** At least so many changes are logged between two checks of which followers lag behind. Most have read all up to the last tick. */
const FEWEST_UNTIL_CHECK = 128

/** The followers of a replica. */
export class Followers implements Iterable<Follower> {
  /** The array is replaced, never changed, so that a follower may be added or cancelled while it is iterated. */
  #all: readonly Follower[] = []
  /** The number of the change after which followers that lag behind must absorb the log. */
  #absorbAt = LOG_CHANGES

  /** The bytes of their queues. */
  get bytes(): number {
    let bytes = 0
    for (const follower of this.#all) bytes += follower.bytes
    return bytes
  }

  [Symbol.iterator](): Iterator<Follower> {
    return this.#all[Symbol.iterator]()
  }

  add(follower: Follower): void {
    this.#all = [...this.#all, follower]
  }

  delete(follower: Follower): void {
    this.#all = this.#all.filter((other) => other !== follower)
  }

  /** A change was logged. Has those followers absorb the log whose unread changes would soon be overwritten. */
  logged(log: ChangeLog): void {
    if (log.end !== this.#absorbAt) return
    let mostUnread = 0
    for (const follower of this.#all) {
      if (follower.unread > LOG_CHANGES - FEWEST_UNTIL_CHECK) follower.absorb()
      mostUnread = Math.max(mostUnread, follower.unread)
    }
    this.#absorbAt = (log.end + LOG_CHANGES - mostUnread) >>> 0
  }
}

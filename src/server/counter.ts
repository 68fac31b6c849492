import { microsecondsOf, type Instant } from '../protocol/time.js'

/**
 * Counts what a server hears from its own clients, so that other servers can tell which of its reports came first: by the microseconds of
 * its clock, as long as that goes on. When the clock has stepped back, the count goes on all the same, by one a turn, and has to be sent.
 */
export class Counter {
  #last = 0

  /** The count of the reports that come in a turn that begins at `now`; undefined if it is the microseconds of that. */
  next(now: Instant): number | undefined {
    const microseconds = microsecondsOf(now)
    const isForward = microseconds >= this.#last
    this.#last = isForward ? microseconds : this.#last + 1
    return isForward ? undefined : this.#last
  }
}

import { microsecondsOf, type Instant } from '../protocol/time.js'

/**
 * Numbers the reports that a server receives from its own clients, so that other servers know their order. The count is the microseconds
 * of the server's clock while that advances. After the clock has stepped back, the count grows by one per tick and has to be sent.
 */
export class ReportCounter {
  #last = 0

  /** The count of the reports of the tick that starts at `now`; undefined if it equals the microseconds of `now`. */
  next(now: Instant): number | undefined {
    const microseconds = microsecondsOf(now)
    const hasAdvanced = microseconds >= this.#last
    this.#last = hasAdvanced ? microseconds : this.#last + 1
    return hasAdvanced ? undefined : this.#last
  }
}

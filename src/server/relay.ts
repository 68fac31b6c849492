import type { Report } from '../protocol/report.js'
import type { InnerLink } from './inner-link.js'

interface Told {
  readonly link: InnerLink
  readonly from: string
  readonly report: Report
}

/**
 * What the servers of one process have still to tell one another. Each tells all its neighbours before any of them passes it on, as over a
 * network; and however many servers there are, none waits within the telling of another.
 */
export class Relay {
  #waiting: Told[] = []
  #isAtWork = false

  /** Has a server tell the other end of a link a report, at the next `drain`. */
  tell(link: InnerLink, from: string, report: Report): void {
    this.#waiting.push({ link, from, report })
  }

  /** Tells all that waits, and all that comes of it. */
  drain(): void {
    if (this.#isAtWork) return
    this.#isAtWork = true
    // What is told makes more to be told, and that is at the end of the same list.
    for (const { link, from, report } of this.#waiting) link.deliver(from, report)
    this.#waiting = []
    this.#isAtWork = false
  }
}

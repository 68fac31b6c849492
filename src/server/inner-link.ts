import type { Log } from '../log/file.js'
import type { LinkStanding } from '../net/link.js'
import type { Report } from '../protocol/report.js'

/** One end of a link between two servers of one process. */
export interface InnerEnd {
  readonly name: string
  readonly log: Log
  /** Takes in a report that the neighbour has told. */
  hear(report: Report): void
}

/**
 * A link within a process, seen from one of its ends: it is always up, and what is told is heard at once, with neither sockets nor copies.
 * It is logged as on any link.
 */
export class InnerLink {
  readonly #from: InnerEnd
  readonly #to: InnerEnd
  readonly #upAt = performance.now()
  #toldAt = this.#upAt
  /** What has been told, as bytes of lines. */
  toldBytes = 0

  constructor(from: InnerEnd, to: InnerEnd) {
    this.#from = from
    this.#to = to
  }

  tell(report: Report): void {
    const { line } = report
    this.toldBytes += line.length + 1
    this.#toldAt = performance.now()
    this.#from.log.write({ kind: 'out', peer: 'neighbour', who: this.#to.name, line })
    this.#to.log.write({ kind: 'in', peer: 'neighbour', who: this.#from.name, line })
    this.#to.hear(report)
  }

  /** How the link stands, given its other end. */
  standing(other: InnerLink): LinkStanding {
    const now = performance.now()
    return {
      kind: 'proxyherd',
      upMs: now - this.#upAt,
      lastHeardMsAgo: now - other.#toldAt,
      sentBytes: this.toldBytes,
      receivedBytes: other.toldBytes,
    }
  }
}

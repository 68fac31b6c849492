import { areFarApart, NO_CUTOFF, type Cutoff } from './cutoff.js'
import type { LaterDigests } from './later-digests.js'
import type { Table } from './table.js'

/**
 * When the cutoff passes while messages of a comparison are under way, the next one is of the reports from so many seconds after the cutoff on, or
 * from a step after it if that is later. So the cutoff does not pass that time too, at round trips of up to 4 s.
 */
export const LATER_SECONDS = 8

/**
 * The reports that two servers compare: those from a time on. The times of reports are theirs, so both servers agree which these are, whatever
 * their clocks say. The time is the later of their cutoffs, as far as they know them.
 */
export class ComparedRange {
  readonly #table: Table
  /** The time, unless our cutoff is later. */
  #from = 0
  /** The digests from that time on, while it is later than our cutoff. */
  #later: LaterDigests | undefined
  /** The cutoff of the neighbour when it last sent its digest. Older reports need not be sent to it. */
  theirs: Cutoff = NO_CUTOFF
  /** Whether it differed from ours by more than a step; undefined while that is not known. */
  isFarApart: boolean | undefined
  #plainDigests = 0
  /** Whether we did not have all reports of the range that was last asked of us. */
  #wasTooEarly = false

  /** `table` is ours. */
  constructor(table: Table) {
    this.#table = table
  }

  /** The time; 0 if all reports are compared. */
  get from(): number {
    return Math.max(this.#from, this.#table.cutoff.cutoff)
  }

  /** The digests of the reports. */
  get digests(): Pick<LaterDigests, 'unhashed' | 'hash' | 'digest' | 'digests'> {
    const { from } = this
    if (from === this.#table.cutoff.cutoff) {
      this.release()
      return this.#table
    }
    this.#later ??= this.#table.keepLater()
    this.#later.startFrom(from)
    return this.#later
  }

  /** A new comparison is of the reports that both keep, as far as we know. */
  startAnew(): void {
    this.#from = this.theirs.cutoff
  }

  /** Goes on from the time that a message names. Returns whether we have all reports from then on; older versions name no time. */
  startFrom(from = this.#table.cutoff.cutoff): boolean {
    this.#from = from
    const isKept = this.from === from
    if (isKept) this.#wasTooEarly = false
    return isKept
  }

  /** We do not have all reports that the neighbour has compared: a new comparison is of those that we keep; after that has failed, of later ones. */
  startLater(): void {
    const { cutoff, step } = this.#table.cutoff
    this.#from = this.#wasTooEarly ? cutoff + Math.max(step, LATER_SECONDS) : cutoff
    this.#wasTooEarly = true
  }

  /**
   * Notes what the neighbour's digest says of its cutoff. It says nothing if neither it nor we have one, as far as it knows; or if it is of an older
   * version, or does not know yet that we are of none. So the first such digest of a link proves nothing.
   */
  noteCutoff(cutoff: Cutoff | undefined): void {
    this.#plainDigests = cutoff ? 0 : this.#plainDigests + 1
    this.theirs = cutoff ?? NO_CUTOFF
    this.isFarApart = this.#plainDigests === 1 ? undefined : areFarApart(this.theirs, this.#table.cutoff)
  }

  /** Keeps no digests any more. */
  release(): void {
    if (this.#later) this.#table.release(this.#later)
    this.#later = undefined
  }
}

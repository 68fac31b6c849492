import type { Flood } from '../flood/flood.js'
import type { ClientNumber } from '../memory/numbers.js'
import { ByteWriter, toText } from '../protocol/bytes.js'
import type { WorkQueue } from '../places/work-queue.js'
import type { Report } from '../protocol/report.js'
import { isMoreThan, parseTime, writeSkew, type Instant } from '../protocol/time.js'

/** How many client numbers are looked at in a turn of the work queue: about a millisecond of work. */
export const AHEAD_SLICE = 2_000

/** Which clients are wanted. */
export interface AheadQuery {
  /** A client's connection. The search ends without a result when the work of this owner is forgotten. */
  readonly owner: object
  /** The number of the first client to look at. */
  readonly from: number
  /** Whether a client counts; without it, all do. */
  readonly isVisible?: (client: ClientNumber) => boolean
}

/** A client whose time is ahead. */
export interface ClientAhead {
  /** Its newest report, valid only during the call. */
  readonly report: Report
  /** How far its time is ahead, such as `12.345678901`. */
  readonly aheadSeconds: string
}

interface AheadParts {
  readonly flood: Pick<Flood, 'clients' | 'reportOf'>
  readonly work: Pick<WorkQueue, 'add'>
  /** The clock of the server. */
  readonly now: () => Instant
  /** All client numbers are below this. */
  readonly end: () => number
}

/**
 * Finds clients whose time is ahead of the server's clock, ordered by number, and gives them to `take` until it does not take one. Resolves to the
 * number of that one; to undefined if all were taken.
 */
export function findAhead(
  parts: AheadParts,
  { owner, from, isVisible = () => true }: AheadQuery,
  take: (client: ClientAhead) => boolean,
): Promise<ClientNumber | undefined> {
  return new Promise((resolve) => {
    const search = (start: number): void => {
      const end = Math.min(parts.end(), start + AHEAD_SLICE)
      for (const client of parts.flood.clients(start, end)) {
        const report = parts.flood.reportOf(client)
        const aheadSeconds = secondsAhead(report, parts.now())
        if (aheadSeconds === undefined || !isVisible(client)) continue
        if (!take({ report, aheadSeconds })) {
          resolve(client)
          return
        }
      }
      if (end < parts.end()) addTurn(end)
      else resolve(undefined)
    }
    const addTurn = (start: number): void => {
      parts.work.add(owner, () => {
        search(start)
      })
    }
    addTurn(from)
  })
}

/** How far the time of a report is ahead of the clock; undefined if it is not. */
function secondsAhead({ bytes, time, end }: Report, now: Instant): string | undefined {
  const instant = parseTime(bytes, time, end) as Instant
  if (!isMoreThan(0, instant, now)) return undefined
  const out = new ByteWriter()
  writeSkew(out, now, instant, { bytes, start: time, end })
  // The skew is negative.
  return toText(out.bytes, 1, out.length)
}

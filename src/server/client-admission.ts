import type { Flood } from '../flood/flood.js'
import type { Sighting } from '../protocol/report.js'
import type { ForgetRequest } from '../protocol/statement.js'
import type { MemoryStatus } from '../protocol/status.js'
import type { Links } from './links.js'
import type { MemoryBudget } from './memory-budget.js'
import type { NearQueries } from './near-queries.js'

/**
 * The longest position and time of an ordinary report, in bytes: twice what a client needs for coordinates in double precision and a time in
 * nanoseconds. Digits can make a report of a few bytes as long as a line.
 */
export const ORDINARY_FIELDS_BYTES = 128

/** The bytes of a forget's position and of the space before its time. */
const FORGET_BYTES = 2

/** Where the ID of a client is. */
type ClientSpan = Pick<Sighting, 'bytes' | 'client' | 'clientEnd'>

export interface ClientAdmissionParts {
  readonly budget: MemoryBudget
  readonly flood: Pick<Flood, 'statementAbout' | 'queueBytes' | 'tombstones'>
  readonly links: Pick<Links, 'fullNeighbour'>
  readonly near: Pick<NearQueries, 'bytes'>
}

/**
 * Decides whether a server takes in the report of a client. While its memory or that of a linked neighbour is full, only of clients that it
 * knows, and only if the report has an ordinary length or is no longer than the one that it replaces. Reports of neighbours are always taken
 * in, or servers would differ for ever.
 */
export class ClientAdmission {
  readonly #parts: ClientAdmissionParts
  #queueBytes = 0
  #refused = 0

  constructor(parts: ClientAdmissionParts) {
    this.#parts = parts
  }

  /** Why the report of a client is refused; undefined if it is not. Counts refusals. */
  refusal(sighting: Sighting): string | undefined {
    return this.#refusal(sighting, fieldsBytesOf(sighting), 'report')
  }

  /** The same for a client that is to be forgotten. A server may forget a client of which it has received no report yet. */
  refusalOfForget(request: ForgetRequest): string | undefined {
    const { until } = request
    return this.#refusal(request, FORGET_BYTES + (until ? until.end - until.start : 1), 'forget')
  }

  #refusal({ bytes, client, clientEnd }: ClientSpan, fieldsBytes: number, what: string): string | undefined {
    const { budget, flood, links } = this.#parts
    const { fullNeighbour } = links
    if (!budget.isFull && fullNeighbour === undefined) return undefined
    const kept = flood.statementAbout(bytes.subarray(client, clientEnd))
    if (kept && fieldsBytes <= Math.max(ORDINARY_FIELDS_BYTES, kept.end - kept.position)) return undefined
    this.#refused += 1
    const whose = budget.isFull ? 'the memory for reports' : `the memory for reports of ${fullNeighbour}`
    const why = kept
      ? `the position and time of this ${what} have ${fieldsBytes} bytes`
      : 'this client is new'
    return `${whose} is full, and ${why}`
  }

  /** Counts the memory of queues and index as it is now. Called once per tick, since that takes longer than looking at the records. */
  count(): void {
    const { flood, near } = this.#parts
    this.#resize(flood.queueBytes + near.bytes)
  }

  /** The server has stopped. */
  end(): void {
    this.#resize(0)
  }

  get status(): MemoryStatus {
    const { bytes, maxBytes } = this.#parts.budget
    return { bytes, maxBytes, refused: this.#refused, tombstones: this.#parts.flood.tombstones }
  }

  #resize(queueBytes: number): void {
    this.#parts.budget.addQueueBytes(queueBytes - this.#queueBytes)
    this.#queueBytes = queueBytes
  }
}

/** The length of the position and the time in a report, with the space between them. */
function fieldsBytesOf({ position, positionEnd, time, timeEnd }: Sighting): number {
  return positionEnd - position + 1 + timeEnd - time
}

import type { Digests } from '../protocol/sync.js'
import { grow } from '../memory/grow.js'
import type { Memory } from '../memory/memory.js'
import { NO_RECORD, type ClientNumber } from '../memory/numbers.js'
import type { Table } from './table.js'

/** The clients of a table by bucket. */
export class Members {
  readonly #memory: Memory
  readonly #table: Table
  #words = new Uint32Array(64)

  constructor(memory: Memory, table: Table) {
    this.#memory = memory
    this.#table = table
  }

  /** How many clients a bucket has, including those that only other servers of the process know. */
  sizeOf(bucket: number): number {
    return this.#memory.sizeOfBucket(bucket, this.#table.bucketCount)
  }

  /** Calls `onClient` with each client in a bucket. */
  each(bucket: number, onClient: (client: ClientNumber) => void): void {
    this.#memory.eachInBucket(bucket, this.#table.bucketCount, (client) => {
      if (this.#table.get(client) !== NO_RECORD) onClient(client)
    })
  }

  /** Whether the report of a client is older than a time in seconds since 1970. */
  isBefore(client: ClientNumber, time: number): boolean {
    return time > 0 && this.#table.isBefore(this.#table.get(client), time)
  }

  /** Calls `onHash` with each client in a bucket and the two words of its report's hash. */
  eachHash(bucket: number, onHash: (client: ClientNumber, high: number, low: number) => void): void {
    const { records } = this.#memory
    this.each(bucket, (client) => {
      const record = this.#table.get(client)
      onHash(client, records.hashHigh(record), records.hashLow(record))
    })
  }

  /** The hashes of the reports in a bucket that are not older than a time; valid until the next call. */
  hashesIn(bucket: number, from = 0): Digests {
    let length = 0
    this.#words = grow(this.#words, 2 * this.sizeOf(bucket))
    this.eachHash(bucket, (client, high, low) => {
      if (this.isBefore(client, from)) return
      this.#words[length] = high
      this.#words[length + 1] = low
      length += 2
    })
    return this.#words.subarray(0, length)
  }
}

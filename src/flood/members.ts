import type { Digests } from '../protocol/sync.js'
import type { Archive } from './archive.js'
import type { Table } from './table.js'

/** Which clients of a table are in which bucket. Only while two servers compare is it asked for, and then found out for all buckets at once. */
export class Members {
  readonly #archive: Archive
  readonly #table: Table
  #buckets: readonly (readonly number[])[] | undefined

  constructor(archive: Archive, table: Table) {
    this.#archive = archive
    this.#table = table
  }

  /** A comparison begins: from now on those count that the table holds now. Of one that comes later every linked neighbour is told anyway. */
  forget(): void {
    this.#buckets = undefined
  }

  /** Gives each client in a bucket, and the two words of its report's hash. */
  each(bucket: number, give: (client: number, high: number, low: number) => void): void {
    this.#buckets ??= this.#group()
    for (const client of this.#buckets[bucket] ?? []) {
      const record = this.#table.get(client)
      give(client, this.#archive.hashHigh(record), this.#archive.hashLow(record))
    }
  }

  /** The hashes of all reports in a bucket. */
  hashesIn(bucket: number): Digests {
    const words: number[] = []
    this.each(bucket, (_, high, low) => words.push(high, low))
    return Uint32Array.from(words)
  }

  #group(): number[][] {
    const buckets: number[][] = Array.from({ length: this.#table.bucketCount }, () => [])
    for (const client of this.#table.clients()) buckets[this.#table.bucketOf(client)]?.push(client)
    return buckets
  }
}

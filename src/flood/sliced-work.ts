import type { Neighbours } from './neighbours.js'
import type { Table } from './table.js'

/** The work on all reports of a server that is done in slices, so that it delays nothing else: hashing, comparing, dropping what has expired. */
export class SlicedWork {
  readonly #table: Table
  readonly #neighbours: Neighbours

  constructor(table: Table, neighbours: Neighbours) {
    this.#table = table
    this.#neighbours = neighbours
  }

  /** How many clients must be looked at or hashed before all digests are known. Ask for a digest when that is at most `MAX_UNHASHED`. */
  get unhashed(): number {
    let most = this.#table.unhashed
    for (const { comparison } of this.#neighbours) most = Math.max(most, comparison.range.digests.unhashed)
    return most
  }

  /** Looks at or hashes `count` clients, or a few more. */
  hash(count?: number): void {
    const table = this.#table
    const behind = this.#neighbours.find(
      ({ comparison }) => comparison.range.digests.unhashed > table.unhashed,
    )
    if (behind) behind.comparison.range.digests.hash(count)
    else table.hash(count)
  }

  /** Whether reports that have expired may still be in the table. */
  get isDropping(): boolean {
    return this.#table.isDropping
  }

  /** Whether comparisons have work left, or reports that have expired may still be in the table. */
  get isBehind(): boolean {
    return this.isDropping || this.#neighbours.behind !== undefined
  }

  /** Does a slice of that work, of about `count` reports or clients, and at most a bucket more. */
  work(count: number): void {
    if (this.isDropping) this.#table.dropExpired(count)
    else this.#neighbours.behind?.work(count)
  }
}

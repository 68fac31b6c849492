import type { Memory } from '../memory/memory.js'
import type { ClientNumber, RecordNumber } from '../memory/numbers.js'
import type { Digests } from '../protocol/sync.js'
import { ClientPass } from './client-pass.js'
import { DigestSums, type Digest } from './digest-sums.js'
import type { Table } from './table.js'

/**
 * The digests of the later part of a table: of the reports that do not expire before a time which may be later than the table's own cutoff. They
 * start as those of the whole table; a pass over all clients takes out what is too old.
 */
export class LaterDigests {
  readonly #table: Table
  readonly #all: DigestSums
  readonly #memory: Memory
  readonly #sums: DigestSums
  readonly #pass = new ClientPass()
  #from = 0

  /** `all` are the digests of the whole table. Made by the table, which calls `toggle` whenever they change. */
  constructor(table: Table, all: DigestSums, memory: Memory) {
    this.#table = table
    this.#all = all
    this.#memory = memory
    this.#sums = new DigestSums(table.bucketCount)
  }

  /** Starts again from this time, if it is another one. */
  startFrom(from: number): void {
    if (from === this.#from) return
    this.#from = from
    this.#sums.copy(this.#all)
    this.#pass.start()
  }

  /** How many clients must be looked at or hashed before the digests are known. */
  get unhashed(): number {
    return this.#table.unhashed + this.#pass.left(this.#memory.clients)
  }

  /** Looks at or hashes `count` clients, or a few more. */
  hash(count = Infinity): void {
    this.#table.hash(count)
    if (this.#table.unhashed > 0) return
    this.#pass.run(count, this.#memory.clients, (client) => {
      if (!this.#table.isHashed(client)) return 1
      const record = this.#table.get(client)
      if (this.#table.isBefore(record, this.#from)) this.#toggle(client, record)
      return 1
    })
  }

  /** The digest of that part. Hashes what is not hashed yet, so `unhashed` should be at most `MAX_UNHASHED`. */
  get digest(): Digest {
    this.hash()
    return this.#sums.digest
  }

  /** The digest of each bucket, on the same condition; valid until the table changes. */
  get digests(): Digests {
    this.hash()
    return this.#sums.buckets
  }

  /** The table has hashed a record, or taken one out of its digests. */
  toggle(client: ClientNumber, record: RecordNumber): void {
    // The pass will see a client that it has not passed.
    if (!this.#pass.hasPassed(client) || !this.#table.isBefore(record, this.#from))
      this.#toggle(client, record)
  }

  #toggle(client: ClientNumber, record: RecordNumber): void {
    const { records } = this.#memory
    this.#sums.toggle(this.#table.bucketOf(client), records.hashHigh(record), records.hashLow(record))
  }
}

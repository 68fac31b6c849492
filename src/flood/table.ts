import { ClientSet } from '../memory/client-set.js'
import type { Memory } from '../memory/memory.js'
import { NO_RECORD, type ClientNumber, type RecordNumber, type TableNumber } from '../memory/numbers.js'
import { formatDigest, type Digests } from '../protocol/sync.js'

/** The most reports that are hashed at once when a digest is needed, about a millisecond of work; if there are more, slices come first. */
export const MAX_UNHASHED = 1_000

/** How many client numbers are looked at for one client of a sample. Only clients of other tables of the memory have no record here. */
const MAX_SAMPLE_STEPS = 1_000

/** The digest of a table as it is sent: two words of 32 bits in hexadecimal, 16 digits. */
export type Digest = string

/**
 * What one server holds: one record per client, and a digest of all of them. The digest is the XOR of a hash of each report, so keeping it
 * costs the same whatever the size of the table. Each bucket has a digest too; a hash of its ID says which bucket a client is in.
 *
 * Equal digests mean equal tables: two different sets of reports have the same XOR of 64 bits with a probability of 1 in 2^64. The hash is
 * keyed, so that no client can choose IDs that make this likelier, or that fill one bucket. Without a herd key everybody knows the digest key,
 * but the hashed line contains the skew, whose nanoseconds no client can choose. Servers that compare must have the same key.
 *
 * Hashing a report takes longer than everything else that is done with it, so it waits until a digest is needed: a client that reports ten
 * times in between is hashed once.
 */
export class Table {
  readonly #memory: Memory
  readonly #number: TableNumber
  /** The clients whose reports are not in the digests yet. */
  readonly #dirty = new ClientSet()
  /** Two words per bucket, the high one first. */
  readonly #sums: Digests
  readonly #whole = { high: 0, low: 0 }
  /** How many clients have a record. */
  size = 0

  constructor(memory: Memory, buckets: number) {
    this.#memory = memory
    this.#number = memory.addTable()
    this.#sums = new Uint32Array(2 * buckets)
  }

  /** The record of a client, or `NO_RECORD`. */
  get(client: ClientNumber): RecordNumber {
    return this.#memory.recordIn(this.#number, client)
  }

  /** Puts a record, which replaces the one that its client had. */
  put(client: ClientNumber, record: RecordNumber): void {
    const old = this.get(client)
    if (old === NO_RECORD) {
      this.size += 1
      this.#dirty.add(client)
    } else if (this.#dirty.add(client)) this.#toggle(client, old)
    this.#memory.put(this.#number, client, record)
  }

  /** Removes the record of a client that has one. */
  remove(client: ClientNumber): void {
    if (!this.#dirty.delete(client)) this.#toggle(client, this.get(client))
    this.size -= 1
    this.#memory.remove(this.#number, client)
  }

  /** The clients that have a record, ordered by number: all, or those from a number up to, not including, another one. */
  *clients(from = 0, end = Infinity): Generator<ClientNumber> {
    for (let number = from; number < Math.min(end, this.#memory.clients); number += 1) {
      const client = number as ClientNumber
      if (this.get(client) !== NO_RECORD) yield client
    }
  }

  /** At most `count` clients that have a record, spread evenly over all of them; `random`, from 0 to 1, says where to begin. */
  sample(count: number, random: number): ClientNumber[] {
    const { clients } = this.#memory
    const offset = Math.floor(random * clients)
    const startOf = (part: number): number => Math.floor((part * clients) / count)
    return Array.from({ length: count }, (_, part) => {
      const end = Math.min(startOf(part + 1), startOf(part) + MAX_SAMPLE_STEPS)
      for (let number = startOf(part); number < end; number += 1) {
        const client = ((number + offset) % clients) as ClientNumber
        if (this.get(client) !== NO_RECORD) return client
      }
      return []
    }).flat()
  }

  /** How many clients' reports have not been hashed yet. */
  get unhashed(): number {
    return this.#dirty.size
  }

  /** Hashes `count` reports, or a few more. */
  hash(count = Infinity): void {
    this.#dirty.drain(count, (client) => {
      this.#toggle(client, this.get(client))
    })
  }

  /** The digest of the whole table. Hashes what is not hashed yet, so `unhashed` should be at most `MAX_UNHASHED`. */
  get digest(): Digest {
    this.hash()
    return formatDigest(this.#whole.high, this.#whole.low)
  }

  /** The digest of each bucket, on the same condition; valid until the table changes. */
  get digests(): Digests {
    this.hash()
    return this.#sums
  }

  /** How many buckets there are. */
  get bucketCount(): number {
    return this.#sums.length / 2
  }

  /** The bucket that a client is in. */
  bucketOf(client: ClientNumber): number {
    return this.#memory.placeOf(client) & (this.bucketCount - 1)
  }

  /** Frees the memory of the table, which must not be used any more. */
  drop(): void {
    this.#memory.dropTable(this.#number)
  }

  // XOR is its own inverse: a second time removes the record.
  #toggle(client: ClientNumber, record: RecordNumber): void {
    const high = this.#memory.records.hashHigh(record)
    const low = this.#memory.records.hashLow(record)
    const at = 2 * this.bucketOf(client)
    this.#sums[at] = (this.#sums[at] as number) ^ high
    this.#sums[at + 1] = (this.#sums[at + 1] as number) ^ low
    this.#whole.high = (this.#whole.high ^ high) >>> 0
    this.#whole.low = (this.#whole.low ^ low) >>> 0
  }
}

import { ClientSet } from '../memory/client-set.js'
import type { Memory } from '../memory/memory.js'
import { NO_RECORD, type ClientNumber, type RecordNumber, type TableNumber } from '../memory/numbers.js'
import { expiryTime } from '../protocol/expiry-time.js'
import {
  FORGET,
  LATER_REPORT,
  REPORT,
  statementOf,
  type Statement,
  type StatementKind,
} from '../protocol/statement.js'
import type { Digests } from '../protocol/sync.js'
import { ClientPass } from './client-pass.js'
import { NO_CUTOFF, type Cutoff } from './cutoff.js'
import { DigestSums, type Digest } from './digest-sums.js'
import { LaterDigests } from './later-digests.js'

/** The most reports that are hashed at once when a digest is needed, about a millisecond of work; if there are more, slices come first. */
export const MAX_UNHASHED = 1_000

/** How many client numbers are looked at for one client of a sample. Only clients of other tables of the memory have no record here. */
const MAX_SAMPLE_STEPS = 1_000

/** Dropping a client takes about as long as looking at so many. */
const DROP_COST = 100

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
  readonly #sums: DigestSums
  /** The digests of later parts of the table. */
  readonly #parts = new Set<LaterDigests>()
  /** Finds what has expired. */
  readonly #expiry = new ClientPass()
  /** What is older has expired. It is found and dropped in slices; digests wait until that is done. */
  cutoff: Cutoff = NO_CUTOFF
  /** Drops a client whose report has expired. */
  onExpired: (client: ClientNumber) => void = (client) => {
    this.remove(client)
  }
  /** Called with each client whose report is kept for its generation, and is shown no longer, or again, since the cutoff has moved. */
  onShown: (client: ClientNumber) => void = () => undefined
  /** The cutoff when all clients had last been looked at. */
  #looked = 0
  /** How many clients have a record. */
  size = 0
  /** How many were dropped because they had expired. */
  expired = 0

  constructor(memory: Memory, buckets: number) {
    this.#memory = memory
    this.#number = memory.addTable()
    this.#sums = new DigestSums(buckets)
  }

  /** The record of a client, or `NO_RECORD`. */
  get(client: ClientNumber): RecordNumber {
    return this.#memory.recordIn(this.#number, client)
  }

  /** The kind of a record; that of a report for none. */
  kindOf(record: RecordNumber): StatementKind {
    return record === NO_RECORD ? REPORT : (this.#memory.records.kind(record) as StatementKind)
  }

  /** The statement of a record, valid until the next is received. */
  statementOf(record: RecordNumber): Statement {
    return statementOf(this.#memory.records.fields(record), this.kindOf(record))
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

  /** Moves the cutoff, in either direction. What is dropped by then stays dropped. */
  moveCutoff(cutoff: Cutoff): void {
    this.cutoff = cutoff
    this.#expiry.start()
  }

  /** Whether clients must still be looked at to find what has expired. */
  get isDropping(): boolean {
    return this.#expiry.left(this.#memory.clients) > 0
  }

  /** Whether a client has a report that is neither forgotten nor, by its own time, expired. */
  isShown(client: ClientNumber): boolean {
    const record = this.get(client)
    return (
      record !== NO_RECORD &&
      this.kindOf(record) !== FORGET &&
      !this.#isTimeBefore(record, this.cutoff.cutoff)
    )
  }

  /** Whether the time of a report is before a time in seconds since 1970, whatever its generation; 0 is after none. */
  #isTimeBefore(record: RecordNumber, time: number): boolean {
    return time > 0 && expiryTime(this.#memory.records.fields(record)) < time
  }

  /** Whether a record expires before a time in seconds since 1970; 0 is after none. */
  isBefore(record: RecordNumber, time: number): boolean {
    if (time === 0) return false
    const statement = this.statementOf(record)
    return expiryTime(statement, statement.generation) < time
  }

  /** How many clients must be looked at or hashed before the digests are known. */
  get unhashed(): number {
    return this.#dirty.size + this.#expiry.left(this.#memory.clients)
  }

  /** Looks at or hashes `count` clients, or a few more. */
  hash(count = Infinity): void {
    const looked = this.dropExpired(count)
    this.#dirty.drain(count - looked, (client) => {
      this.#toggle(client, this.get(client))
    })
  }

  /** Looks at `count` clients, or at fewer if some have expired. Returns how many it could have looked at. */
  dropExpired(count: number): number {
    const cost = this.#expiry.run(count, this.#memory.clients, (client) => {
      if (this.dropIfExpired(client)) return DROP_COST
      this.#checkShown(client)
      return 1
    })
    if (!this.isDropping) this.#looked = this.cutoff.cutoff
    return cost
  }

  /** Drops a client if its record has expired; returns whether it had. */
  dropIfExpired(client: ClientNumber): boolean {
    const record = this.get(client)
    if (record === NO_RECORD || !this.isBefore(record, this.cutoff.cutoff)) return false
    this.expired += 1
    this.onExpired(client)
    return true
  }

  /** The digest of the whole table. Hashes what is not hashed yet, so `unhashed` should be at most `MAX_UNHASHED`. */
  get digest(): Digest {
    this.hash()
    return this.#sums.digest
  }

  /** The digest of each bucket, on the same condition; valid until the table changes. */
  get digests(): Digests {
    this.hash()
    return this.#sums.buckets
  }

  /** Keeps digests of a later part of the table, until `release`. */
  keepLater(): LaterDigests {
    const part = new LaterDigests(this, this.#sums, this.#memory)
    this.#parts.add(part)
    return part
  }

  release(part: LaterDigests): void {
    this.#parts.delete(part)
  }

  /** Whether the record of a client is in the digests. */
  isHashed(client: ClientNumber): boolean {
    return this.get(client) !== NO_RECORD && !this.#dirty.has(client)
  }

  /** How many buckets there are. */
  get bucketCount(): number {
    return this.#sums.buckets.length / 2
  }

  /** The bucket that a client is in. */
  bucketOf(client: ClientNumber): number {
    return this.#memory.placeOf(client) & (this.bucketCount - 1)
  }

  /** Frees the memory of the table, which must not be used any more. */
  drop(): void {
    this.#memory.dropTable(this.#number)
  }

  /** A plain report is dropped when it is shown no longer. */
  #checkShown(client: ClientNumber): void {
    const record = this.get(client)
    if (this.kindOf(record) !== LATER_REPORT) return
    if (this.#isTimeBefore(record, this.#looked) !== this.#isTimeBefore(record, this.cutoff.cutoff))
      this.onShown(client)
  }

  #toggle(client: ClientNumber, record: RecordNumber): void {
    const { records } = this.#memory
    const [bucket, high, low] = [this.bucketOf(client), records.hashHigh(record), records.hashLow(record)]
    this.#sums.toggle(bucket, high, low)
    if (this.#parts.size > 0) for (const part of this.#parts) part.toggle(client, record)
  }
}

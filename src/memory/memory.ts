import { Arena } from './arena.js'
import { ClientGroups } from './client-groups.js'
import { ClientSet } from './client-set.js'
import { grow } from './grow.js'
import { halfSiphash, type HalfKey } from './half-siphash.js'
import { HashIndex, NO_ENTRY } from './hash-index.js'
import { NO_CLIENT, type ClientNumber, type RecordNumber, type TableNumber } from './numbers.js'
import { Records, type RecordFields, type RecordKind } from './records.js'
import { hash, siphash, type HashKey } from './siphash.js'

/** A digest key that hashes lines and IDs and is shared by servers that compare; and a secret key of this process that finds clients. */
export interface MemoryKeys {
  readonly digest: HashKey
  readonly index: HalfKey
}

/** Where some client IDs are in `bytes`. */
export interface IdSpans {
  readonly bytes: Uint8Array
  readonly count: number
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** The most buckets that a table can have. Clients are kept in as many groups. A power of two. */
export const MAX_BUCKETS = 1_024

/** This column of the rows has the latest record of each client, whichever tables hold it. */
const LATEST = 0

/** The number of clients that there are rows for at first. */
const FIRST_CLIENTS = 64

/** The number of a record as it is stored in a row, where 0 is none. */
const NO_CELL = 0

/**
 * Records of clients that several tables share: each is kept once, however many tables hold it. Clients are numbered, so that a table is
 * one record number per client, and a record that goes from one table to another costs neither a copy nor a search.
 *
 * A client is found by a hash of its ID with a secret key, so that no client can choose IDs that collide. When no table holds a record of a
 * client and nobody has it pinned, its number is free for another client.
 */
export class Memory {
  readonly #keys: MemoryKeys
  readonly #records: Records
  readonly #index = new HashIndex()
  /**
   * One row per client: its latest record, and its record in each table. So everything about a client is in one place in memory, and mostly
   * it is the same record.
   */
  #rows = new Uint32Array(FIRST_CLIENTS)
  #columns = 1
  readonly #freeTables: TableNumber[] = []
  /** How often clients are pinned. Few are. */
  readonly #pins = new Map<ClientNumber, number>()
  /** 16 bits of the digest key's hash of each client's ID, except of those clients that are not grouped yet. */
  #places = new Uint16Array(FIRST_CLIENTS)
  /** The clients by the lowest bits of that hash: a bucket is one of these groups, or several. */
  readonly #groups = new ClientGroups(MAX_BUCKETS)
  /** New clients. They are grouped when that is needed, so that their reports need not wait for this hash. */
  readonly #ungrouped = new ClientSet()
  #clients = 0
  readonly #freeClients: ClientNumber[] = []
  #wanted = new Int32Array(FIRST_CLIENTS)

  /** Records are kept in `arena`. */
  constructor(keys: MemoryKeys, arena = new Arena()) {
    this.#keys = keys
    this.#records = new Records(keys.digest, arena)
  }

  /** What is in the records. */
  get records(): Pick<Records, 'line' | 'length' | 'fields' | 'endOfSame' | 'kind' | 'hashHigh' | 'hashLow'> {
    return this.#records
  }

  /** Makes room for another table. */
  addTable(): TableNumber {
    const free = this.#freeTables.pop()
    if (free !== undefined) return free
    const [rows, width] = [this.#rows, this.#columns]
    this.#columns += 1
    this.#rows = new Uint32Array(this.#columns * Math.max(FIRST_CLIENTS, this.#clients))
    for (let client = 0; client < this.#clients; client += 1)
      this.#rows.set(rows.subarray(client * width, (client + 1) * width), client * this.#columns)
    return width as TableNumber
  }

  /** Takes all records out of a table and frees its number for another one. */
  dropTable(table: TableNumber): void {
    for (let client = 0; client < this.#clients; client += 1) this.remove(table, client as ClientNumber)
    this.#freeTables.push(table)
  }

  /** All client numbers are below this. */
  get clients(): number {
    return this.#clients
  }

  /** Makes room for so many clients in all, so that no array is copied repeatedly while they are added. */
  reserve(clients: number): void {
    this.#growArrays(clients)
    this.#index.reserve(clients)
  }

  /** The record of a client in a table, or `NO_RECORD`. */
  recordIn(table: TableNumber, client: ClientNumber): RecordNumber {
    return ((this.#rows[client * this.#columns + table] as number) - 1) as RecordNumber
  }

  /** Puts a record in a table. It replaces the one that the client had there, which the table releases. */
  put(table: TableNumber, client: ClientNumber, record: RecordNumber): void {
    const at = client * this.#columns + table
    const old = this.#rows[at] as number
    this.#rows[at] = record + 1
    this.#records.hold(record)
    if (old !== NO_CELL) this.#records.release((old - 1) as RecordNumber)
  }

  /** Takes the record of a client out of a table, if it has one there. */
  remove(table: TableNumber, client: ClientNumber): void {
    const at = client * this.#columns + table
    const old = this.#rows[at] as number
    if (old === NO_CELL) return
    this.#rows[at] = NO_CELL
    this.#records.release((old - 1) as RecordNumber)
    if (!this.#isUsed(client)) this.#free(client)
  }

  /** The client keeps its number and its latest record until it is unpinned as often as it was pinned. */
  pin(client: ClientNumber): void {
    this.#pins.set(client, (this.#pins.get(client) ?? 0) + 1)
  }

  unpin(client: ClientNumber): void {
    const left = (this.#pins.get(client) as number) - 1
    if (left > 0) this.#pins.set(client, left)
    else this.#pins.delete(client)
    if (!this.#isUsed(client)) this.#free(client)
  }

  /** The hash of the client ID in these bytes that `find` and `add` take, for one who calls both. */
  hashOf(bytes: Uint8Array, start: number, end: number): number {
    return halfSiphash(this.#keys.index, bytes, start, end)
  }

  /** The number of the client whose ID is in these bytes, or `NO_CLIENT`. */
  find(bytes: Uint8Array, start: number, end: number, hashed = this.hashOf(bytes, start, end)): ClientNumber {
    for (let entry = this.#index.first(hashed); entry !== NO_ENTRY; entry = this.#index.next(entry, hashed)) {
      const client = this.#index.numberIn(entry) as ClientNumber
      if (this.#records.isOf(this.latest(client), bytes, start, end)) return client
    }
    return NO_CLIENT
  }

  /**
   * Reads what `find` and a comparison with the latest records will read, so that it is in the processor's caches then: reading each step for
   * many clients at a time lets cache misses overlap.
   */
  prefetch({ bytes, count, starts, ends }: IdSpans): void {
    // For a single client nothing overlaps.
    if (count < 2) return
    this.#wanted = grow(this.#wanted, count)
    const wanted = this.#wanted
    for (let id = 0; id < count; id += 1) {
      const hashed = this.hashOf(bytes, starts[id] as number, ends[id] as number)
      wanted[id] = this.#index.first(hashed)
    }
    for (let id = 0; id < count; id += 1) {
      const entry = wanted[id] as number
      if (entry !== NO_ENTRY) wanted[id] = this.latest(this.#index.numberIn(entry) as ClientNumber)
    }
    for (let id = 0; id < count; id += 1)
      if (wanted[id] !== NO_ENTRY) wanted[id] = this.#records.touch(wanted[id] as number as RecordNumber)
  }

  /** Stores the first record of a new client, which becomes its latest; returns the client's number. It must be put in a table or pinned. */
  add(
    fields: RecordFields,
    kind: RecordKind,
    hashed = this.hashOf(fields.bytes, fields.client, fields.position - 1),
  ): ClientNumber {
    // Stored first: when the arena is full, this throws, and no number is lost.
    const record = this.#records.store(fields, kind)
    const client = this.#freeClients.pop() ?? this.#nextClient()
    this.#setLatest(client, record)
    this.#ungrouped.add(client)
    this.#index.add(client, hashed)
    return client
  }

  /** The latest record of a client. */
  latest(client: ClientNumber): RecordNumber {
    return this.recordIn(LATEST as TableNumber, client)
  }

  /** Stores a record that becomes the latest of its client. */
  renew(client: ClientNumber, fields: RecordFields, kind: RecordKind): RecordNumber {
    const record = this.#records.store(fields, kind)
    this.#setLatest(client, record)
    return record
  }

  /** Stores a record that does not become the latest of its client. It must be put in a table. */
  store(fields: RecordFields, kind: RecordKind): RecordNumber {
    return this.#records.store(fields, kind)
  }

  /** 16 bits of a hash of the client's ID with the digest key: the same in every process with that key. */
  placeOf(client: ClientNumber): number {
    if (this.#ungrouped.delete(client)) this.#group(client)
    return this.#places[client] as number
  }

  /** How many clients are in one of `buckets` buckets, whichever tables they are in. */
  sizeOfBucket(bucket: number, buckets: number): number {
    this.#groupAll()
    let size = 0
    for (let group = bucket; group < MAX_BUCKETS; group += buckets) size += this.#groups.sizeOf(group)
    return size
  }

  /** Calls `onClient` with each of them. */
  eachInBucket(bucket: number, buckets: number, onClient: (client: ClientNumber) => void): void {
    this.#groupAll()
    for (let group = bucket; group < MAX_BUCKETS; group += buckets) this.#groups.each(group, onClient)
  }

  #nextClient(): ClientNumber {
    const client = this.#clients as ClientNumber
    this.#clients += 1
    this.#growArrays(this.#clients)
    return client
  }

  #growArrays(clients: number): void {
    this.#rows = grow(this.#rows, clients * this.#columns)
    this.#places = grow(this.#places, clients)
  }

  #groupAll(): void {
    this.#ungrouped.drain(Infinity, (client) => {
      this.#group(client)
    })
  }

  #group(client: ClientNumber): void {
    const { bytes, client: start, position } = this.#records.fields(this.latest(client))
    siphash(this.#keys.digest, bytes, start, position - 1)
    this.#places[client] = hash.low
    this.#groups.add(hash.low & (MAX_BUCKETS - 1), client)
  }

  #setLatest(client: ClientNumber, record: RecordNumber): void {
    const at = client * this.#columns + LATEST
    const old = this.#rows[at] as number
    this.#rows[at] = record + 1
    this.#records.hold(record)
    if (old !== NO_CELL) this.#records.release((old - 1) as RecordNumber)
  }

  /** Whether a client is pinned or has a record in a table. */
  #isUsed(client: ClientNumber): boolean {
    if (this.#pins.has(client)) return true
    const row = client * this.#columns
    for (let at = row + LATEST + 1; at < row + this.#columns; at += 1)
      if (this.#rows[at] !== NO_CELL) return true
    return false
  }

  #free(client: ClientNumber): void {
    const record = this.latest(client)
    const { bytes, client: start, position } = this.#records.fields(record)
    this.#index.delete(client, this.hashOf(bytes, start, position - 1))
    this.#groups.delete(this.placeOf(client) & (MAX_BUCKETS - 1), client)
    this.#rows[client * this.#columns + LATEST] = NO_CELL
    this.#records.release(record)
    this.#freeClients.push(client)
  }
}

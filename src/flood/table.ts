import type { Report } from '../protocol/report.js'
import { siphash, type Hash, type HashKey } from './siphash.js'

/**
 * Into how many buckets a table is divided: enough that few differing reports leave most buckets equal, few enough
 * that the digests of all of them go into one line.
 */
export const BUCKETS = 1_024

/** Two words of 32 bits in hexadecimal, 16 digits: how a digest or a hash of a report is said to a neighbour. */
export type Digest = string

interface Entry {
  report: Report
  /** Of the report, if it is in the digests. */
  hash: Hash | undefined
  /** The bucket of the client, once it is in one. */
  bucket: Bucket | undefined
}

interface Sum {
  low: number
  high: number
}

interface Bucket extends Sum {
  /** Those whose hash may be in its digest. */
  readonly entries: Entry[]
}

/**
 * One report a client, and a digest of all that costs the same to keep whatever the size of the table: the XOR of a hash of each report.
 * The same is kept for each bucket; a client is in the one that a hash of its ID says.
 *
 * Equal digests mean equal tables. The hash is keyed, and who does not know the key can only guess: that two sets of
 * reports that differ have the same XOR of 64 bits is one chance in 2^64, and no client can choose IDs to better it, or to fill one
 * bucket. Without a herd key the key is known to all; but what is hashed has the skew in it, whose nanoseconds no client can choose.
 * Servers that compare must have the same key.
 *
 * Hashing takes longer than all else that is done for a report, so it waits until a digest is asked for: a client that reports ten
 * times in between is hashed once.
 */
export class Table {
  readonly #key: HashKey
  readonly #entries = new Map<string, Entry>()
  /** Those that are not in the digests yet, each once. */
  #unhashed: Entry[] = []
  readonly #whole: Sum = { low: 0, high: 0 }
  readonly #buckets: readonly Bucket[]

  constructor(key: HashKey, buckets: number) {
    this.#key = key
    this.#buckets = Array.from({ length: buckets }, () => ({ low: 0, high: 0, entries: [] }))
  }

  /** How many clients have a report. */
  get size(): number {
    return this.#entries.size
  }

  get(client: string): Report | undefined {
    return this.#entries.get(client)?.report
  }

  /** Puts a report in the place of the one that its client had. */
  set(report: Report): void {
    const entry = this.#entries.get(report.client)
    if (!entry) {
      const added = { report, hash: undefined, bucket: undefined }
      this.#entries.set(report.client, added)
      this.#unhashed.push(added)
      return
    }
    entry.report = report
    if (!entry.hash) return
    this.#toggle(entry)
    entry.hash = undefined
    this.#unhashed.push(entry)
  }

  /** All reports, in no promised order. */
  *reports(): Generator<Report> {
    for (const { report } of this.#entries.values()) yield report
  }

  /** The digest of the whole table. */
  get digest(): Digest {
    this.#hash()
    return format(this.#whole)
  }

  /** How many buckets there are. */
  get bucketCount(): number {
    return this.#buckets.length
  }

  /** The digest of each bucket. */
  get digests(): Digest[] {
    this.#hash()
    return this.#buckets.map(format)
  }

  /** The reports in a bucket, by their own digests. */
  bucket(index: number): Map<Digest, Report> {
    this.#hash()
    const reports = new Map<Digest, Report>()
    for (const { report, hash } of this.#buckets[index]?.entries ?? [])
      reports.set(format(hash as Hash), report)
    return reports
  }

  #hash(): void {
    for (const entry of this.#unhashed) {
      entry.hash = siphash(this.#key, entry.report.line)
      this.#toggle(entry)
    }
    this.#unhashed = []
  }

  /** Puts the hash of an entry into the digests, or takes it out. */
  #toggle(entry: Entry): void {
    const hash = entry.hash as Hash
    toggle((entry.bucket ??= this.#place(entry)), hash)
    toggle(this.#whole, hash)
  }

  #place(entry: Entry): Bucket {
    const { low } = siphash(this.#key, entry.report.client)
    const bucket = this.#buckets[low % this.#buckets.length] as Bucket
    bucket.entries.push(entry)
    return bucket
  }
}

// XOR is its own inverse: what is put in a second time is out.
function toggle(sum: Sum, { low, high }: Hash): void {
  sum.low = (sum.low ^ low) >>> 0
  sum.high = (sum.high ^ high) >>> 0
}

function format({ low, high }: Hash): Digest {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

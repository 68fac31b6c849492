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
  readonly report: Report
  readonly hash: Hash
}

interface Bucket {
  readonly entries: Map<string, Entry>
  low: number
  high: number
}

/**
 * One report a client, in buckets, each with a digest that costs the same to keep whatever the size of the table: the XOR of a hash of
 * each of its reports.
 *
 * Equal digests mean equal tables. The hash is keyed, and who does not know the key can only guess: that two sets of
 * reports that differ have the same XOR of 64 bits is one chance in 2^64, and no client can choose IDs to better it, or to fill one
 * bucket. Servers that compare must have the same key.
 */
export class Table {
  readonly #key: HashKey
  readonly #buckets: readonly Bucket[]
  readonly #whole = { low: 0, high: 0 }
  #size = 0

  constructor(key: HashKey, buckets: number) {
    this.#key = key
    this.#buckets = Array.from({ length: buckets }, () => ({ entries: new Map(), low: 0, high: 0 }))
  }

  /** How many clients have a report. */
  get size(): number {
    return this.#size
  }

  get(client: string): Report | undefined {
    return this.#bucketOf(client).entries.get(client)?.report
  }

  /** Puts a report in the place of the one that its client had. */
  set(report: Report): void {
    const bucket = this.#bucketOf(report.client)
    const old = bucket.entries.get(report.client)
    if (old) this.#toggle(bucket, old.hash)
    else this.#size += 1
    const hash = siphash(this.#key, report.line)
    bucket.entries.set(report.client, { report, hash })
    this.#toggle(bucket, hash)
  }

  /** All reports, in no promised order. */
  *reports(): Generator<Report> {
    for (const { entries } of this.#buckets) for (const { report } of entries.values()) yield report
  }

  /** The digest of the whole table. */
  get digest(): Digest {
    return format(this.#whole)
  }

  /** How many buckets there are. */
  get bucketCount(): number {
    return this.#buckets.length
  }

  /** The digest of each bucket. */
  get digests(): Digest[] {
    return this.#buckets.map(format)
  }

  /** The reports in a bucket, by their own digests. */
  bucket(index: number): Map<Digest, Report> {
    const reports = new Map<Digest, Report>()
    for (const { report, hash } of this.#buckets[index]?.entries.values() ?? [])
      reports.set(format(hash), report)
    return reports
  }

  #bucketOf(client: string): Bucket {
    return this.#buckets[siphash(this.#key, client).low % this.#buckets.length] as Bucket
  }

  #toggle(bucket: Bucket, hash: Hash): void {
    toggle(bucket, hash)
    toggle(this.#whole, hash)
  }
}

// XOR is its own inverse: what is put in a second time is out.
function toggle(sum: { low: number; high: number }, { low, high }: Hash): void {
  sum.low = (sum.low ^ low) >>> 0
  sum.high = (sum.high ^ high) >>> 0
}

function format({ low, high }: Hash): Digest {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

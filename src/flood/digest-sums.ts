import { formatDigest, type Digests } from '../protocol/sync.js'

/** The digest of some reports as it is sent: two words of 32 bits in hexadecimal, 16 digits. */
export type Digest = string

/** The digests of some reports: of all, and of those in each bucket. Each is the XOR of the hashes of its reports. */
export class DigestSums {
  /** Two words per bucket, the high one first. */
  readonly buckets: Digests
  #high = 0
  #low = 0

  constructor(buckets: number) {
    this.buckets = new Uint32Array(2 * buckets)
  }

  /** The digest of all. */
  get digest(): Digest {
    return formatDigest(this.#high, this.#low)
  }

  /** Adds a report that is not in the digests, or takes out one that is: XOR is its own inverse. */
  toggle(bucket: number, high: number, low: number): void {
    const at = 2 * bucket
    this.buckets[at] = (this.buckets[at] as number) ^ high
    this.buckets[at + 1] = (this.buckets[at + 1] as number) ^ low
    this.#high = (this.#high ^ high) >>> 0
    this.#low = (this.#low ^ low) >>> 0
  }

  /** Becomes the same as others, which have as many buckets. */
  copy(others: DigestSums): void {
    this.buckets.set(others.buckets)
    this.#high = others.#high
    this.#low = others.#low
  }
}

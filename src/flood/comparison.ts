import type { ClientNumber } from '../memory/numbers.js'
import type { Digests, SyncMessage } from '../protocol/sync.js'
import { ComparedRange } from './compared-range.js'
import { DigestSet } from './digest-set.js'
import type { Members } from './members.js'
import { MAX_UNHASHED, type Table } from './table.js'

/**
 * The most reports that we ask a neighbour for before our requests are sent: as many as fit into one line between servers. For further
 * buckets we send HAVE instead, and the neighbour sends what we lack of them.
 */
export const MAX_WANTED = 65_536

/**
 * A bucket of at most so many clients, plus two per digest that the neighbour lists, is compared as soon as its line is read. A link reads
 * about 1,000 lines in one tick, and fewer if they are longer, so that is some milliseconds of work. A larger bucket that a short line names
 * is compared later, in slices.
 */
export const COMPARED_AT_ONCE = 256

/** After so many digests no more messages are taken at once: they fill a write on a link, and gathering them takes about a millisecond. */
export const DIGESTS_AT_ONCE = 4_096

/** A neighbour's message about one bucket. */
type BucketMessage = Extract<SyncMessage, { bucket: number }>

/** The digests in the message that is being compared. One set serves all comparisons, since each runs to its end without waiting. */
const received = new DigestSet()

/** One side of the anti-entropy between two linked servers, which finds the reports that either lacks; see `SyncMessage`. */
export class Comparison {
  readonly #table: Table
  readonly #members: Members
  readonly #answers: boolean
  readonly #onLacking: (client: ClientNumber) => void
  // A digest is computed when it is sent, so however often one was due meanwhile, it is sent once.
  #isDigestDue = false
  #areBucketsDue = false
  /** By bucket, the digests of reports that we lack and have not asked for yet. */
  readonly #wants = new Map<number, Digests>()
  #wanted = 0
  /** Buckets that differ, whose content has still to be sent to the neighbour. */
  #differing = new Set<number>()
  /**
   * The last HAVE and the last WANT about each bucket that is too large to compare at once. Each lists less than half of the bucket, which
   * bounds the memory.
   */
  readonly #due = { have: new Map<number, BucketMessage>(), want: new Map<number, BucketMessage>() }
  /** The reports that are compared. */
  readonly range: ComparedRange
  /** The start of the range that the digest was of which we have sent last. */
  #sentFrom = 0
  /** Whether the neighbour's digest was equal to ours when it last sent it; undefined if it has not sent one, or one that is of more than we keep. */
  inSync: boolean | undefined

  /** `answers` says whether this side answers a digest that differs. `onLacking` is called with each client whose report the neighbour lacks. */
  constructor(parts: {
    readonly table: Table
    readonly members: Members
    readonly answers: boolean
    readonly onLacking: (client: ClientNumber) => void
  }) {
    this.#table = parts.table
    this.range = new ComparedRange(parts.table)
    this.#members = parts.members
    this.#answers = parts.answers
    this.#onLacking = parts.onLacking
  }

  /** Whether a statement has expired here, so that it is not sent to those that keep all either, or at the neighbour, which would drop it. */
  hasExpired(client: ClientNumber): boolean {
    const cutoff = Math.max(this.#table.cutoff.cutoff, this.range.theirs.cutoff)
    return cutoff > 0 && this.#table.isBefore(this.#table.get(client), cutoff)
  }

  /** Makes our digest due. */
  begin(): void {
    this.#isDigestDue = true
    this.range.startAnew()
  }

  /** Prepares for a message from the neighbour, so that what it is compared with can be hashed in slices before `receive`. */
  prepare(message: SyncMessage): void {
    if (message.kind === 'digest') this.range.startFrom(message.range?.from)
    else if (message.kind === 'buckets') this.range.startFrom(message.from)
  }

  /** Takes a message from the neighbour. */
  receive(message: SyncMessage): void {
    switch (message.kind) {
      case 'digest':
        this.#receiveDigest(message)
        return
      case 'buckets':
        if (this.range.startFrom(message.from)) this.#differing = this.#bucketsDifferingFrom(message.digests)
        else this.#beginLater()
        return
      case 'have':
      case 'want':
        this.#receiveBucket(message)
    }
  }

  /** Whether there is work to do in slices. */
  get isBehind(): boolean {
    return this.#awaitsHashes || this.#due.have.size + this.#due.want.size > 0
  }

  /** Does a slice of that work: hashes about `count` reports, or compares buckets of about as many clients. Returns whether it has compared. */
  work(count: number): boolean {
    if (this.#awaitsHashes) {
      this.range.digests.hash(count)
      return false
    }
    let left = count
    for (const due of [this.#due.want, this.#due.have])
      for (const [bucket, message] of due) {
        if (left <= 0) return true
        left -= this.#members.sizeOf(bucket)
        due.delete(bucket)
        this.#compare(message)
      }
    return true
  }

  /** Whether there is anything to send now. */
  get hasMessages(): boolean {
    return this.#canSendHash || this.#wants.size + this.#differing.size > 0
  }

  /**
   * Calls `send` with at most `most` messages, fewer if they are long, each valid during the call; returns how many. `mayWant` allows
   * messages that ask for reports.
   */
  take(most: number, mayWant: boolean, send: (message: SyncMessage) => void): number {
    let taken = 0
    for (let words = 0; taken < most && words < 2 * DIGESTS_AT_ONCE; taken += 1) {
      const message = this.#next(mayWant)
      if (!message) return taken
      send(message)
      if (message.kind !== 'digest') words += message.digests.length
    }
    return taken
  }

  get #isHashDue(): boolean {
    return this.#isDigestDue || this.#areBucketsDue
  }

  /** Whether a digest is due, and so many reports must be hashed first that it is done in slices. */
  get #awaitsHashes(): boolean {
    return this.#isHashDue && this.range.digests.unhashed > MAX_UNHASHED
  }

  get #canSendHash(): boolean {
    return this.#isHashDue && this.range.digests.unhashed <= MAX_UNHASHED
  }

  #next(mayWant: boolean): SyncMessage | undefined {
    if (this.#canSendHash) return this.#nextHash()
    for (const [bucket, digests] of mayWant ? this.#wants : []) {
      this.#wants.delete(bucket)
      this.#wanted -= digests.length / 2
      return { kind: 'want', bucket, digests }
    }
    for (const bucket of this.#differing) {
      this.#differing.delete(bucket)
      const from = this.range.from
      return { kind: 'have', bucket, digests: this.#members.hashesIn(bucket, from), from: from || undefined }
    }
    return undefined
  }

  #nextHash(): SyncMessage {
    const { digest, digests } = this.range.digests
    const from = this.range.from
    if (this.#isDigestDue) {
      this.#isDigestDue = false
      this.#sentFrom = from
      const range = from > 0 ? { ...this.#table.cutoff, from } : undefined
      return { kind: 'digest', digest, clients: this.#table.size, range }
    }
    this.#areBucketsDue = false
    return { kind: 'buckets', digests, from: from || undefined }
  }

  /** Makes our digest due again, since the neighbour has compared more than we keep. */
  #beginLater(): void {
    this.#isDigestDue = true
    this.range.startLater()
  }

  #receiveDigest({ digest, range }: Extract<SyncMessage, { kind: 'digest' }>): void {
    this.range.noteCutoff(range)
    if (!this.range.startFrom(range?.from)) {
      this.inSync = undefined
      this.#beginLater()
      return
    }
    this.inSync = digest === this.range.digests.digest
    if (this.#answers) this.#areBucketsDue = !this.inSync
    // What we have sent was of other reports, so the neighbour could not compare it.
    if (this.range.from !== this.#sentFrom) this.#isDigestDue = true
  }

  #bucketsDifferingFrom(theirs: Digests): Set<number> {
    const ours = this.range.digests.digests
    const differing = new Set<number>()
    for (let bucket = 0; bucket < this.#table.bucketCount; bucket += 1)
      if (ours[2 * bucket] !== theirs[2 * bucket] || ours[2 * bucket + 1] !== theirs[2 * bucket + 1])
        differing.add(bucket)
    return differing
  }

  #receiveBucket(message: BucketMessage): void {
    const { kind, bucket, digests } = message
    if (bucket >= this.#table.bucketCount) return
    const due = this.#due[kind]
    due.delete(bucket)
    // `digests` has two elements per digest.
    if (this.#members.sizeOf(bucket) <= COMPARED_AT_ONCE + digests.length) this.#compare(message)
    else due.set(bucket, message)
  }

  #compare(message: BucketMessage): void {
    if (message.kind === 'have') this.#compareHave(message.bucket, message.digests, message.from)
    else this.#answerWant(message.bucket, message.digests)
  }

  // Sends what the neighbour lacks of a bucket, and asks for what we lack. It lists only reports from a time on, so it may have older ones.
  #compareHave(bucket: number, theirs: Digests, from = 0): void {
    if (theirs.length === 0) {
      this.#members.each(bucket, (client) => {
        if (!this.#members.isBefore(client, from)) this.#onLacking(client)
      })
      return
    }
    received.fill(theirs)
    this.#members.eachHash(bucket, (client, high, low) => {
      if (!received.find(high, low) && !this.#members.isBefore(client, from)) this.#onLacking(client)
    })
    const lacking = received.left()
    if (this.#wanted + lacking.length / 2 > MAX_WANTED) this.#differing.add(bucket)
    else if (lacking.length > 0) this.#want(bucket, lacking)
  }

  #want(bucket: number, lacking: Digests): void {
    this.#wanted += (lacking.length - (this.#wants.get(bucket)?.length ?? 0)) / 2
    this.#wants.set(bucket, lacking)
  }

  #answerWant(bucket: number, wanted: Digests): void {
    received.fill(wanted)
    this.#members.eachHash(bucket, (client, high, low) => {
      if (received.find(high, low)) this.#onLacking(client)
    })
  }
}

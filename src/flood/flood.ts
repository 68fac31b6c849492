import type { Report } from '../protocol/report.js'
import type { SyncMessage } from '../protocol/sync.js'
import { isNewer } from './newer.js'
import type { HashKey } from './siphash.js'
import { BUCKETS, Table, type Digest } from './table.js'

/** What one server says to another on a link. */
export type Message = { readonly kind: 'report'; readonly report: Report } | SyncMessage

/** Whether a neighbour can compare digests, or is another herd's server, which is told all there is instead. */
export type NeighbourKind = 'proxyherd' | 'plain'

/** How to tell a neighbour that is in the same process: at once. */
export type TellAtOnce = (report: Report) => void

interface Neighbour {
  readonly name: string
  readonly atOnce: TellAtOnce | undefined
  // By client: however far a neighbour lags behind, it costs one entry a client, and when it is ready it gets the newest
  // report of each.
  readonly pending: Map<string, Report>
  // What is to be said of sync, worked out when it is said: however often a neighbour asks, once is enough.
  isToldDigest: boolean
  isToldBuckets: boolean
  // Buckets that differ, of which the neighbour has still to be told what is in them.
  differing: number[]
  // By bucket, the digests of reports that we lack.
  readonly wanted: Map<number, readonly Digest[]>
  inSync: boolean | undefined
}

/**
 * What one server knows and whom it must tell: the table of the newest report of each client, and for each linked
 * neighbour what it has still to be told. It decides only; what it gives back, others carry out.
 */
export class Flood {
  readonly #server: string
  readonly #table: Table
  readonly #neighbours: Neighbour[] = []

  /** `server` is this server's name; servers that compare digests must have the same `key` and as many buckets. */
  constructor(server: string, key: HashKey, buckets: number = BUCKETS) {
    this.#server = server
    this.#table = new Table(key, buckets)
  }

  /** How many clients are known. */
  get size(): number {
    return this.#table.size
  }

  /** The digest of all that is known. */
  get digest(): string {
    return this.#table.digest
  }

  /** The newest report of a client, or undefined if none was heard. */
  get(client: string): Report | undefined {
    return this.#table.get(client)
  }

  /** The newest report of every client, in no promised order. */
  reports(): Iterable<Report> {
    return this.#table.reports()
  }

  /** Takes in a report from a client (no `from`) or from a neighbour; gives whether it is news. News travels, repetition stops. */
  hear(report: Report, from?: string): boolean {
    const { client } = report
    const known = this.#table.get(client)
    if (known && !isNewer(report, known)) {
      // It told us the very report that we have, so it need not be told.
      if (from !== undefined && known.line === report.line) this.#linked(from)?.pending.delete(client)
      return false
    }
    this.#table.set(report)
    for (const neighbour of this.#neighbours) {
      // Not back to the sender: it told us, so it knows.
      if (neighbour.name === from) neighbour.pending.delete(client)
      else if (neighbour.atOnce) neighbour.atOnce(report)
      else neighbour.pending.set(client, report)
    }
    return true
  }

  /** A link to a neighbour came up: whatever either side missed while it was down, they compare, or all is told. */
  linkUp(neighbour: string, kind: NeighbourKind): void {
    this.linkDown(neighbour)
    const linked = link(neighbour)
    this.#neighbours.push(linked)
    if (kind === 'proxyherd') linked.isToldDigest = true
    else for (const report of this.#table.reports()) linked.pending.set(report.client, report)
  }

  /**
   * A link to a neighbour in the same process came up. It is told at once of all that is known, and from then on of all news: nothing is
   * pending on such a link, and nothing is compared.
   */
  linkAtOnce(neighbour: string, atOnce: TellAtOnce): void {
    this.linkDown(neighbour)
    this.#neighbours.push(link(neighbour, atOnce))
    for (const report of this.#table.reports()) atOnce(report)
  }

  /** A link is down: nothing is kept for the neighbour, because what it misses is found out when it is back. */
  linkDown(neighbour: string): void {
    const index = this.#neighbours.findIndex(({ name }) => name === neighbour)
    if (index !== -1) this.#neighbours.splice(index, 1)
  }

  /** Says our digest to a neighbour, which will tell whether its own differs. */
  compare(neighbour: string): void {
    const linked = this.#linked(neighbour)
    if (linked) linked.isToldDigest = true
  }

  /** Whether a neighbour's digest was ours when it last said it; undefined if it has not said one on this link. */
  inSync(neighbour: string): boolean | undefined {
    return this.#linked(neighbour)?.inSync
  }

  /** Takes in what a linked neighbour says of its table. */
  hearSync(message: SyncMessage, from: string): void {
    const neighbour = this.#linked(from)
    if (!neighbour) return
    switch (message.kind) {
      case 'digest':
        neighbour.inSync = message.digest === this.#table.digest
        // Both have said theirs, but one answer is enough.
        if (!neighbour.inSync && this.#server > from) neighbour.isToldBuckets = true
        return
      case 'buckets':
        neighbour.differing = this.#table.digests.flatMap((digest, index) =>
          digest === message.digests[index] ? [] : [index],
        )
        return
      case 'have':
        this.#giveAndTake(neighbour, message.bucket, message.digests)
        return
      case 'want':
        this.#give(neighbour, message.bucket, message.digests)
    }
  }

  /** How many clients a neighbour must still be told of; 0 for one that is not linked. */
  pending(neighbour: string): number {
    return this.#linked(neighbour)?.pending.size ?? 0
  }

  /** Whether there is anything to send to a neighbour. */
  hasToTell(neighbour: string): boolean {
    const told = this.#linked(neighbour)
    if (!told) return false
    const { pending, isToldDigest, isToldBuckets, differing, wanted } = told
    return isToldDigest || isToldBuckets || pending.size + differing.length + wanted.size > 0
  }

  /** At most `most` messages to send to a neighbour now; they count as sent. What is about sync goes first, since it is short. */
  take(neighbour: string, most: number): Message[] {
    const told = this.#linked(neighbour)
    if (!told) return []
    const messages = this.#takeSync(told, most)
    for (const [client, report] of told.pending) {
      if (messages.length >= most) break
      told.pending.delete(client)
      messages.push({ kind: 'report', report })
    }
    return messages
  }

  #takeSync(told: Neighbour, most: number): Message[] {
    const messages: Message[] = []
    if (told.isToldDigest)
      messages.push({ kind: 'digest', digest: this.#table.digest, clients: this.#table.size })
    told.isToldDigest = false
    if (told.isToldBuckets && messages.length < most) {
      messages.push({ kind: 'buckets', digests: this.#table.digests })
      told.isToldBuckets = false
    }
    while (messages.length < most) {
      const bucket = told.differing.shift()
      if (bucket === undefined) break
      messages.push({ kind: 'have', bucket, digests: [...this.#table.bucket(bucket).keys()] })
    }
    for (const [bucket, digests] of told.wanted) {
      if (messages.length >= most) break
      told.wanted.delete(bucket)
      messages.push({ kind: 'want', bucket, digests })
    }
    return messages
  }

  // What they lack of a bucket they are told, what we lack we ask for.
  #giveAndTake(neighbour: Neighbour, bucket: number, theirs: readonly Digest[]): void {
    const ours = this.#table.bucket(bucket)
    const known = new Set(theirs)
    for (const [digest, report] of ours) if (!known.has(digest)) neighbour.pending.set(report.client, report)
    const lacking = theirs.filter((digest) => !ours.has(digest))
    if (lacking.length > 0) neighbour.wanted.set(bucket, lacking)
  }

  #give(neighbour: Neighbour, bucket: number, wanted: readonly Digest[]): void {
    const ours = this.#table.bucket(bucket)
    for (const digest of wanted) {
      const report = ours.get(digest)
      if (report) neighbour.pending.set(report.client, report)
    }
  }

  #linked(neighbour: string): Neighbour | undefined {
    return this.#neighbours.find(({ name }) => name === neighbour)
  }
}

function link(name: string, atOnce?: TellAtOnce): Neighbour {
  return {
    name,
    atOnce,
    pending: new Map(),
    isToldDigest: false,
    isToldBuckets: false,
    differing: [],
    wanted: new Map(),
    inSync: undefined,
  }
}

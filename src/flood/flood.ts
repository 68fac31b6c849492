import type { Report } from '../protocol/report.js'
import type { SyncMessage } from '../protocol/sync.js'
import { isNewer } from './newer.js'
import type { HashKey } from './siphash.js'
import { BUCKETS, Table } from './table.js'

/** What hearing a report comes to: news is to be told to the linked neighbours in `tell`; what is known already stops here. */
export type Heard = { readonly kind: 'news'; readonly tell: readonly string[] } | { readonly kind: 'known' }

/** What one server says to another on a link. */
export type Message = { readonly kind: 'report'; readonly report: Report } | SyncMessage

/** Whether a neighbour can compare digests, or is another herd's server, which is told all there is instead. */
export type NeighbourKind = 'proxyherd' | 'plain'

interface Neighbour {
  // By client: however far a neighbour lags behind, it costs one entry a client, and when it is ready it gets the newest
  // report of each.
  readonly pending: Map<string, Report>
  readonly answers: SyncMessage[]
  // Buckets that differ, of which the neighbour has still to be told what is in them.
  differing: number[]
  inSync: boolean | undefined
}

const KNOWN: Heard = { kind: 'known' }

/**
 * What one server knows and whom it must tell: the table of the newest report of each client, and for each linked
 * neighbour what it has still to be told. It decides only; what it gives back, others carry out.
 */
export class Flood {
  readonly #server: string
  readonly #table: Table
  readonly #neighbours = new Map<string, Neighbour>()

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

  /** Takes in a report from a client (no `from`) or from a neighbour. News travels, repetition stops. */
  hear(report: Report, from?: string): Heard {
    const { client } = report
    const known = this.#table.get(client)
    if (known && !isNewer(report, known)) {
      // It told us the very report that we have, so it need not be told.
      if (from !== undefined && known.line === report.line) this.#neighbours.get(from)?.pending.delete(client)
      return KNOWN
    }
    this.#table.set(report)
    const tell: string[] = []
    for (const [neighbour, { pending }] of this.#neighbours) {
      // Not back to the sender: it told us, so it knows.
      if (neighbour === from) pending.delete(client)
      else {
        pending.set(client, report)
        tell.push(neighbour)
      }
    }
    return { kind: 'news', tell }
  }

  /** A link to a neighbour came up: whatever either side missed while it was down, they compare, or all is told. */
  linkUp(neighbour: string, kind: NeighbourKind): void {
    const pending = new Map<string, Report>()
    this.#neighbours.set(neighbour, { pending, answers: [], differing: [], inSync: undefined })
    if (kind === 'proxyherd') this.compare(neighbour)
    else for (const report of this.#table.reports()) pending.set(report.client, report)
  }

  /** A link is down: nothing is kept for the neighbour, because what it misses is found out when it is back. */
  linkDown(neighbour: string): void {
    this.#neighbours.delete(neighbour)
  }

  /** Says our digest to a neighbour, which will tell whether its own differs. */
  compare(neighbour: string): void {
    this.#neighbours.get(neighbour)?.answers.push(this.#ownDigest())
  }

  /** Whether a neighbour's digest was ours when it last said it; undefined if it has not said one on this link. */
  inSync(neighbour: string): boolean | undefined {
    return this.#neighbours.get(neighbour)?.inSync
  }

  /** Takes in what a linked neighbour says of its table. */
  hearSync(message: SyncMessage, from: string): void {
    const neighbour = this.#neighbours.get(from)
    if (!neighbour) return
    switch (message.kind) {
      case 'digest':
        neighbour.inSync = message.digest === this.#table.digest
        // Both have said theirs, but one answer is enough.
        if (!neighbour.inSync && this.#server > from)
          neighbour.answers.push({ kind: 'buckets', digests: this.#table.digests })
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
        this.#give(neighbour, message.bucket, new Set(message.digests))
    }
  }

  /** How many clients a neighbour must still be told of; 0 for one that is not linked. */
  pending(neighbour: string): number {
    return this.#neighbours.get(neighbour)?.pending.size ?? 0
  }

  /** Whether there is anything to send to a neighbour. */
  hasToTell(neighbour: string): boolean {
    const told = this.#neighbours.get(neighbour)
    return told !== undefined && told.pending.size + told.answers.length + told.differing.length > 0
  }

  /** At most `most` messages to send to a neighbour now; they count as sent. What is about sync goes first, since it is short. */
  take(neighbour: string, most: number): Message[] {
    const told = this.#neighbours.get(neighbour)
    if (!told) return []
    const messages: Message[] = told.answers.splice(0, most)
    while (messages.length < most) {
      const bucket = told.differing.shift()
      if (bucket === undefined) break
      messages.push({ kind: 'have', bucket, digests: [...this.#table.bucket(bucket).keys()] })
    }
    for (const [client, report] of told.pending) {
      if (messages.length === most) break
      told.pending.delete(client)
      messages.push({ kind: 'report', report })
    }
    return messages
  }

  // What they lack of a bucket they are told, what we lack we ask for.
  #giveAndTake(neighbour: Neighbour, bucket: number, theirs: readonly string[]): void {
    const ours = this.#table.bucket(bucket)
    const lacking = theirs.filter((digest) => !ours.delete(digest))
    for (const report of ours.values()) neighbour.pending.set(report.client, report)
    if (lacking.length > 0) neighbour.answers.push({ kind: 'want', bucket, digests: lacking })
  }

  #give({ pending }: Neighbour, bucket: number, wanted: ReadonlySet<string>): void {
    for (const [digest, report] of this.#table.bucket(bucket))
      if (wanted.has(digest)) pending.set(report.client, report)
  }

  #ownDigest(): SyncMessage {
    return { kind: 'digest', digest: this.#table.digest, clients: this.#table.size }
  }
}

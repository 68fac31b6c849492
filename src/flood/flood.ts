import type { Report } from '../protocol/report.js'
import type { SyncMessage } from '../protocol/sync.js'
import { isNewer } from './newer.js'
import type { HashKey } from './siphash.js'
import { BUCKETS, Table } from './table.js'

/** What one server says to another on a link. */
export type Message = { readonly kind: 'report'; readonly report: Report } | SyncMessage

/** Whether a neighbour can compare digests, or is another herd's server, which is told all there is instead. */
export type NeighbourKind = 'proxyherd' | 'plain'

/** Tells a report to a neighbour in the same process, which hears it at once. */
export type TellAtOnce = (report: Report) => void

interface Neighbour {
  /** Undefined of one that is told when its connection takes it. */
  readonly atOnce: TellAtOnce | undefined
  // By client: however far a neighbour lags behind, it costs one entry a client, and when it is ready it gets the newest
  // report of each.
  readonly pending: Map<string, Report>
  // Digests are of the time when they are said: however often they are due, they are said once.
  saysDigest: boolean
  saysBuckets: boolean
  readonly wants: Want[]
  wanted: number
  // Buckets that differ, of which the neighbour has still to be told what is in them.
  differing: Set<number>
  inSync: boolean | undefined
}

type Want = Extract<SyncMessage, { kind: 'want' }>

/**
 * How many reports of a neighbour we ask for before it has read that: as many as fit into one line between servers. Beyond it there
 * is no need to, since one that is told what is in a bucket gives us what we lack of it.
 */
export const MAX_WANTED = 65_536

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

  /** Whether a report would be news. */
  lacks(report: Report): boolean {
    const known = this.#table.get(report.client)
    return known === undefined || isNewer(report, known)
  }

  /** Takes in a report from a client (no `from`) or from a neighbour; gives whether it is news. News travels, repetition stops. */
  hear(report: Report, from?: string): boolean {
    const { client } = report
    const known = this.#table.get(client)
    if (known && !isNewer(report, known)) {
      // It told us the very report that we have, so it need not be told.
      if (from !== undefined && known.line === report.line) this.#neighbours.get(from)?.pending.delete(client)
      return false
    }
    this.#table.set(report)
    for (const [neighbour, { atOnce, pending }] of this.#neighbours) {
      // Not back to the sender: it told us, so it knows.
      if (neighbour === from) pending.delete(client)
      else if (atOnce) atOnce(report)
      else pending.set(client, report)
    }
    return true
  }

  /** A link to a neighbour came up: whatever either side missed while it was down, they compare, or all is told. */
  linkUp(neighbour: string, kind: NeighbourKind): void {
    const linked = link()
    this.#neighbours.set(neighbour, linked)
    if (kind === 'proxyherd') this.compare(neighbour)
    else for (const report of this.#table.reports()) linked.pending.set(report.client, report)
  }

  /**
   * A link to a neighbour in the same process is up. It is told at once of all that is known, and from then on of all news: nothing is ever
   * pending there, and there is nothing to compare.
   */
  linkAtOnce(neighbour: string, atOnce: TellAtOnce): void {
    this.#neighbours.set(neighbour, link(atOnce))
    for (const report of this.#table.reports()) atOnce(report)
  }

  /** A link is down: nothing is kept for the neighbour, because what it misses is found out when it is back. */
  linkDown(neighbour: string): void {
    this.#neighbours.delete(neighbour)
  }

  /** Says our digest to a neighbour, which will tell whether its own differs. */
  compare(neighbour: string): void {
    const told = this.#neighbours.get(neighbour)
    if (told) told.saysDigest = true
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
        if (this.#server > from) neighbour.saysBuckets = !neighbour.inSync
        return
      case 'buckets':
        neighbour.differing = new Set(
          this.#table.digests.flatMap((digest, index) => (digest === message.digests[index] ? [] : [index])),
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
    if (!told) return false
    const { pending, saysDigest, saysBuckets, wants, differing } = told
    return saysDigest || saysBuckets || pending.size + wants.length + differing.size > 0
  }

  /** At most `most` messages to send to a neighbour now; they count as sent. What is about sync goes first, since it is short. */
  take(neighbour: string, most: number): Message[] {
    const told = this.#neighbours.get(neighbour)
    if (!told) return []
    const messages: Message[] = this.#takeSync(told, most)
    for (const [client, report] of told.pending) {
      if (messages.length === most) break
      told.pending.delete(client)
      messages.push({ kind: 'report', report })
    }
    return messages
  }

  #takeSync(told: Neighbour, most: number): SyncMessage[] {
    const messages: SyncMessage[] = []
    if (told.saysDigest) messages.push(this.#ownDigest())
    told.saysDigest = false
    if (told.saysBuckets && messages.length < most) {
      messages.push({ kind: 'buckets', digests: this.#table.digests })
      told.saysBuckets = false
    }
    for (const want of told.wants.splice(0, most - messages.length)) {
      told.wanted -= want.digests.length
      messages.push(want)
    }
    for (const bucket of told.differing) {
      if (messages.length === most) break
      told.differing.delete(bucket)
      messages.push({ kind: 'have', bucket, digests: [...this.#table.bucket(bucket).keys()] })
    }
    return messages
  }

  // What they lack of a bucket they are told, what we lack we ask for.
  #giveAndTake(neighbour: Neighbour, bucket: number, theirs: readonly string[]): void {
    if (bucket >= this.#table.bucketCount) return
    const ours = this.#table.bucket(bucket)
    const lacking = theirs.filter((digest) => !ours.delete(digest))
    for (const report of ours.values()) neighbour.pending.set(report.client, report)
    if (neighbour.wanted + lacking.length > MAX_WANTED) neighbour.differing.add(bucket)
    else if (lacking.length > 0) {
      // Copies, because these are slices of the line that came: one of them would keep all of it in memory.
      neighbour.wants.push({ kind: 'want', bucket, digests: copiesOf(lacking) })
      neighbour.wanted += lacking.length
    }
  }

  #give({ pending }: Neighbour, bucket: number, wanted: ReadonlySet<string>): void {
    for (const [digest, report] of this.#table.bucket(bucket))
      if (wanted.has(digest)) pending.set(report.client, report)
  }

  #ownDigest(): SyncMessage {
    return { kind: 'digest', digest: this.#table.digest, clients: this.#table.size }
  }
}

function link(atOnce?: TellAtOnce): Neighbour {
  return {
    atOnce,
    pending: new Map(),
    saysDigest: false,
    saysBuckets: false,
    wants: [],
    wanted: 0,
    differing: new Set(),
    inSync: undefined,
  }
}

function copiesOf(digests: readonly string[]): string[] {
  const text = digests.join('')
  return digests.map(({ length }, index) => text.slice(index * length, (index + 1) * length))
}

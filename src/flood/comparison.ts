import type { Digests, SyncMessage } from '../protocol/sync.js'
import type { Members } from './members.js'
import type { Table } from './table.js'

/**
 * How many reports of a neighbour we ask for before it has read that: as many as fit into one line between servers. Beyond it there
 * is no need to, since one that is told what is in a bucket gives us what we lack of it.
 */
export const MAX_WANTED = 65_536

/** One side of how two linked servers find out what either lacks: see `SyncMessage`. */
export class Comparison {
  readonly #table: Table
  readonly #members: Members
  readonly #answers: boolean
  // Digests are of the time when they are said: however often they are due, they are said once.
  #saysDigest = false
  #saysBuckets = false
  /** By bucket, the digests of reports that we lack. */
  readonly #wants = new Map<number, Digests>()
  #wanted = 0
  /** Buckets that differ, of which the neighbour has still to be told what is in them. */
  #differing = new Set<number>()
  /** Whether the neighbour's digest was ours when it last said it; undefined if it has not said one. */
  inSync: boolean | undefined

  /** `answers` tells which of the two answers a digest that differs. */
  constructor(table: Table, members: Members, answers: boolean) {
    this.#table = table
    this.#members = members
    this.#answers = answers
  }

  /** We are to say our digest. */
  begin(): void {
    this.#saysDigest = true
  }

  /** Takes in what the neighbour says. Whose reports it must be told are given to `tell`. */
  hear(message: SyncMessage, tell: (client: number) => void): void {
    switch (message.kind) {
      case 'digest':
        this.inSync = message.digest === this.#table.digest
        this.#members.forget()
        if (this.#answers) this.#saysBuckets = !this.inSync
        return
      case 'buckets':
        this.#members.forget()
        this.#differing = this.#bucketsOtherThan(message.digests)
        return
      case 'have':
        this.#giveAndTake(message.bucket, message.digests, tell)
        return
      case 'want':
        this.#give(message.bucket, message.digests, tell)
    }
  }

  /** Whether there is anything to say. */
  get hasToSay(): boolean {
    return this.#saysDigest || this.#saysBuckets || this.#wants.size + this.#differing.size > 0
  }

  /** Gives at most `most` messages to say now, each valid during the call; returns how many. */
  take(most: number, say: (message: SyncMessage) => void): number {
    for (let taken = 0; taken < most; taken += 1) {
      const message = this.#next()
      if (!message) return taken
      say(message)
    }
    return most
  }

  #next(): SyncMessage | undefined {
    if (this.#saysDigest) {
      this.#saysDigest = false
      return { kind: 'digest', digest: this.#table.digest, clients: this.#table.size }
    }
    if (this.#saysBuckets) {
      this.#saysBuckets = false
      return { kind: 'buckets', digests: this.#table.digests }
    }
    for (const [bucket, digests] of this.#wants) {
      this.#wants.delete(bucket)
      this.#wanted -= digests.length / 2
      return { kind: 'want', bucket, digests }
    }
    for (const bucket of this.#differing) {
      this.#differing.delete(bucket)
      return { kind: 'have', bucket, digests: this.#members.hashesIn(bucket) }
    }
    return undefined
  }

  #bucketsOtherThan(theirs: Digests): Set<number> {
    const ours = this.#table.digests
    const differing = new Set<number>()
    for (let bucket = 0; bucket < this.#table.bucketCount; bucket += 1)
      if (ours[2 * bucket] !== theirs[2 * bucket] || ours[2 * bucket + 1] !== theirs[2 * bucket + 1])
        differing.add(bucket)
    return differing
  }

  // What they lack of a bucket they are told, what we lack we ask for.
  #giveAndTake(bucket: number, theirs: Digests, tell: (client: number) => void): void {
    if (bucket >= this.#table.bucketCount) return
    const lacking = highs(theirs)
    this.#members.each(bucket, (client, high, low) => {
      const key = keyOf(high, low)
      if (lacking.get(key) === high) lacking.delete(key)
      else tell(client)
    })
    if (this.#wanted + lacking.size > MAX_WANTED) this.#differing.add(bucket)
    else if (lacking.size > 0) this.#want(bucket, lacking)
  }

  #want(bucket: number, lacking: ReadonlyMap<number, number>): void {
    this.#wanted += lacking.size - (this.#wants.get(bucket)?.length ?? 0) / 2
    this.#wants.set(bucket, Uint32Array.from([...lacking].flatMap(([key, high]) => [high, key])))
  }

  #give(bucket: number, wanted: Digests, tell: (client: number) => void): void {
    const asked = highs(wanted)
    this.#members.each(bucket, (client, high, low) => {
      if (asked.get(keyOf(high, low)) === high) tell(client)
    })
  }
}

/** The high words of digests, by the digests themselves. */
function highs(digests: Digests): Map<number, number> {
  const byKey = new Map<number, number>()
  for (let at = 0; at < digests.length; at += 2) {
    const high = digests[at] as number
    byKey.set(keyOf(high, digests[at + 1] as number), high)
  }
  return byKey
}

/** As much of a digest as a number holds exactly, 53 of its 64 bits; the low word is what `Uint32Array` takes of it. */
function keyOf(high: number, low: number): number {
  return (high & 0x1f_ffff) * 0x1_0000_0000 + low
}

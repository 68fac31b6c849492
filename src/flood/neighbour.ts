import { ClientQueue } from '../memory/client-queue.js'
import { ClientSet } from '../memory/client-set.js'
import { NO_CLIENT, type ClientNumber } from '../memory/numbers.js'
import { expiryTime } from '../protocol/expiry-time.js'
import type { NeighbourKind } from '../protocol/greeting.js'
import type { ReportLine } from '../protocol/report.js'
import type { Statement } from '../protocol/statement.js'
import type { SyncMessage } from '../protocol/sync.js'
import type { Branch } from './branch.js'
import type { Comparison } from './comparison.js'
import type { OnChange } from './follow-policy.js'
import type { Follower } from './follower.js'
import { LATE, type Route } from './origin.js'
import type { Outbox, Part } from './outbox.js'
import type { Replica } from './replica.js'

/**
 * A neighbour over the network, of this program or of another; a server of the same process, with which it shares memory; or an engine, which
 * keeps reports for other servers.
 */
export type LinkKind = NeighbourKind | 'local' | 'engine'

/** What a neighbour is made of. */
export interface NeighbourParts {
  readonly name: string
  readonly kind: LinkKind
  readonly replica: Replica
  readonly comparison: Comparison
  /** Undefined for a neighbour that does not support trees. */
  readonly branch: Branch | undefined
}

/** A linked neighbour, and what must still be sent to it: at most a slot per client, however far it lags behind. */
export class Neighbour {
  readonly name: string
  readonly kind: LinkKind
  readonly comparison: Comparison
  readonly branch: Branch | undefined
  /**
   * Whether it knows forgets and generations; undefined until it has said what it knows. Only one that knows them is sent them. Others are sent
   * reports as plain `AT` lines.
   */
  knowsForgets: boolean | undefined
  readonly #replica: Replica
  /** Follows what is new; and the whole table, if the neighbour does not compare. */
  readonly #news: Follower
  /** The clients whose reports it has missed and that are no longer news: they are sent after the news. */
  readonly #missed = new ClientQueue()
  /** The clients whose reports are sent as late. */
  readonly #late = new ClientSet()
  /** How many reports it has been sent. */
  #sent = 0
  /** Whether it was not sent a forget or a generation, because it did not say that it knows them. */
  #isWithheld = false
  /**
   * WANT waits until this many reports have been sent. These often replace reports that we would have asked for, which the neighbour then
   * need not send.
   */
  #wantsAfter = 0

  constructor({ name, kind, replica, comparison, branch }: NeighbourParts) {
    this.name = name
    this.kind = kind
    this.comparison = comparison
    this.branch = branch
    this.knowsForgets = kind === 'local' || kind === 'engine' || undefined
    this.#replica = replica
    this.#news = replica.follow({
      from: kind === 'proxyherd' ? 'now' : 'all',
      forgets: true,
      selects:
        kind === 'local'
          ? (client, route, sender) => sender !== this && (route !== LATE || this.#queueLate(client))
          : (client, route, sender, arrivedAt) => this.#isWanted(client, route, sender, arrivedAt),
      onRemoved: (client) => {
        this.#forget(client)
      },
    })
  }

  /** The bytes of what it remembers of clients, without its follower. */
  get bytes(): number {
    return this.#missed.bytes + this.#late.bytes + (this.branch?.bytes ?? 0)
  }

  /** How many clients must still be sent to it, at most. */
  get pending(): number {
    return Math.min(this.#replica.table.size, this.#news.size + this.#missed.size)
  }

  /** Decides about all changes up to now, before a message of the neighbour changes how later ones are decided. */
  absorb(): void {
    this.#news.absorb()
  }

  /** Whether it has missed anything, or part of the table is still to be sent. */
  get hasRepairs(): boolean {
    return this.#missed.size > 0 || this.#news.unscanned > 0
  }

  /** Takes all clients whose reports may be new to it; see `Follower.takeChanges`. */
  takeChanges(until: number, onChange: OnChange): void {
    this.#news.takeChanges(until, onChange)
  }

  /** Takes the next client whose report it has missed. */
  nextRepair(): ClientNumber | undefined {
    return this.#missed.shift() ?? this.#news.nextOfTable()
  }

  /** Whether the report of a client is sent as late; the mark is removed. */
  takeLate(client: ClientNumber): boolean {
    return this.#late.size > 0 && this.#late.delete(client)
  }

  /** Whether it was not sent a forget or a generation, because it does not know them. */
  get isMissingForgets(): boolean {
    return this.#isWithheld && !this.knowsForgets
  }

  /** It says that it knows forgets. What it was not sent before is found by comparing. */
  learnForgets(): void {
    this.knowsForgets = true
    if (this.#isWithheld) this.comparison.begin()
  }

  /** Takes a message that compares tables. */
  receiveSync(message: SyncMessage): void {
    // What it knows would have come before.
    this.knowsForgets ??= false
    this.comparison.receive(message)
    if (message.kind === 'have') this.#wantsAfter = this.#sent + this.#queued
  }

  /** Does a slice of the comparison's work; see `Comparison.work`. */
  work(count: number): void {
    if (this.comparison.work(count)) this.#wantsAfter = this.#sent + this.#queued
  }

  /** Notes that it lacks our report of a client, and that servers beyond it may lack it too. */
  addMissedLate(client: ClientNumber): void {
    this.addMissed(client)
    if (this.#marksLate) this.#late.add(client)
  }

  /** Notes that it lacks our report of the client with this ID, if there is one. */
  addMissedOf(id: Uint8Array): void {
    const client = this.#replica.find(id, 0, id.length)
    if (client !== NO_CLIENT) this.addMissed(client)
  }

  /** Starts again with the reports of all clients. */
  addAllMissed(): void {
    this.#news.restart()
  }

  /** Notes that it lacks our report of a client. */
  addMissed(client: ClientNumber): void {
    this.absorb()
    this.#repair(client)
  }

  /** Notes that it has our report of a client. */
  markKnown(client: ClientNumber): void {
    this.#news.drop(client)
    // An engine delivers what other carriers publish, but does not always store it. See `markStoredOf`.
    if (this.kind !== 'engine') this.#missed.delete(client)
    this.branch?.markKnown(client)
  }

  /** Whether a statement that we hold has expired there, as far as is known. */
  hasDropped(held: Statement): boolean {
    return expiryTime(held, held.generation) < this.comparison.range.theirs.cutoff
  }

  /** Notes that an engine has stored our report of the client with this ID. */
  markStoredOf(id: Uint8Array): void {
    if (this.#missed.size > 0) this.#missed.delete(this.#replica.find(id, 0, id.length))
  }

  /** Whether there is anything to send to it. */
  get hasToSend(): boolean {
    const hasReports = this.#news.size > 0 || this.#missed.size > 0
    return hasReports || this.comparison.hasMessages || this.branch?.hasMessages === true
  }

  /** Puts at most `most` messages of one part or of both in the outbox; they count as sent. Returns how many. */
  take(most: number, outbox: Outbox, part?: Part): number {
    let taken = 0
    if (part !== 'repairs') taken += this.#takeNews(most, outbox)
    if (part !== 'news') taken += this.#takeRepairs(most - taken, outbox)
    return taken
  }

  /** The link is down. */
  close(): void {
    this.#news.cancel()
    this.comparison.range.release()
  }

  /** Decides about a report that is new to us. */
  #isWanted(client: ClientNumber, route: Route, sender: Neighbour | undefined, arrivedAt: number): boolean {
    if (sender === this) {
      this.#news.dropQueued(client)
      this.#missed.delete(client)
      this.branch?.markKnown(client)
      return false
    }
    if (route === LATE) return this.#queueLate(client)
    // This report replaces the late one also for servers beyond the neighbour.
    if (this.#late.size > 0) this.#late.delete(client)
    if (route && this.branch?.isPruned(route)) {
      this.branch.noteUnsent(client, route, arrivedAt)
      return false
    }
    if (this.#missed.size > 0) this.#missed.delete(client)
    return true
  }

  /** Late reports are sent after the news. Returns false, for `selects`. */
  #queueLate(client: ClientNumber): false {
    this.#repair(client)
    if (this.#marksLate) this.#late.add(client)
    return false
  }

  /** Whether it is sent which reports are late. */
  get #marksLate(): boolean {
    return this.kind === 'proxyherd' || this.kind === 'local'
  }

  #repair(client: ClientNumber): void {
    if (!this.#news.isQueued(client)) this.#missed.add(client)
  }

  #forget(client: ClientNumber): void {
    this.#missed.delete(client)
    this.#late.delete(client)
    this.branch?.markKnown(client)
  }

  #takeNews(most: number, outbox: Outbox): number {
    let taken =
      this.branch?.take(most, (message) => {
        outbox.tree(message)
      }) ?? 0
    for (; taken < most; taken += 1) {
      const client = this.#news.nextChange()
      if (client === undefined) break
      this.#send(client, outbox)
    }
    return taken
  }

  #takeRepairs(most: number, outbox: Outbox): number {
    const mayWant = this.#mayWant
    let taken = this.#takeSync(most, mayWant, outbox)
    for (; taken < most; taken += 1) {
      const client = this.nextRepair()
      if (client === undefined) break
      this.#send(client, outbox)
    }
    return mayWant ? taken : taken + this.#takeSync(most - taken, this.#mayWant, outbox)
  }

  #send(client: ClientNumber, outbox: Outbox): void {
    const isLate = this.takeLate(client)
    this.branch?.markKnown(client)
    this.#sent += 1
    if (this.comparison.hasExpired(client)) return
    const line = this.knowsForgets ? this.#replica.lineOf(client) : this.#plainLineOf(client)
    if (line) outbox.report(line, isLate, this.#replica.countOf(client))
  }

  /** The report of a client as an `AT`; undefined if the client is forgotten, or its report is only kept for its generation. */
  #plainLineOf(client: ClientNumber): ReportLine | undefined {
    if (this.#replica.isPlain(client)) return this.#replica.lineOf(client)
    this.#isWithheld = true
    return this.#replica.table.isShown(client) ? this.#replica.reportOf(client) : undefined
  }

  #takeSync(most: number, mayWant: boolean, outbox: Outbox): number {
    return this.comparison.take(most, mayWant, (message) => {
      outbox.sync(message)
    })
  }

  /** Whether it may be asked for reports now. */
  get #mayWant(): boolean {
    return this.#sent >= this.#wantsAfter || this.#queued === 0
  }

  /** How many reports are queued for it, without what is still to be read from the table. */
  get #queued(): number {
    return this.#news.changes + this.#missed.size
  }
}

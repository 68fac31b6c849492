import type { Neighbour } from '../flood/neighbour.js'
import type { Outbox } from '../flood/outbox.js'
import type { PeerLog } from '../log/peer-log.js'
import { clientOf, type ReportLine } from '../protocol/report.js'
import { statementIn } from '../protocol/statement.js'
import type { BrokerConnection } from './broker.js'
import type { Messages } from './messages.js'
import { PublishWindow } from './publish-window.js'

const skip = (): void => undefined

/** What only neighbours that compare are sent. */
const SKIPPED = { sync: skip, tree: skip }

export interface PublisherParts {
  /** What the engine lacks. */
  readonly reports: Neighbour
  readonly messages: Messages
  readonly log: PeerLog | undefined
  /** Called when more may be published. */
  readonly ready: () => void
}

/** Publishes what the engine lacks: at most one report per client, the newest. Whatever the stream does not store is published again. */
export class Publisher {
  readonly #parts: PublisherParts
  readonly #window = new PublishWindow()
  #connection: BrokerConnection | undefined
  #isFlushing = false
  #now = 0
  sentBytes = 0

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  /** How many clients have reports that the stream has not stored, at most. */
  get pending(): number {
    return this.#parts.reports.pending + this.#window.unstored
  }

  /** Why the stream stores no reports; undefined if it does, as far as is known. */
  get fault(): string | undefined {
    return this.#window.fault
  }

  /** When `time` must be called; Infinity for never. */
  wakeAt(now: number): number {
    return this.#connection ? this.#window.wakeAt(now) : Infinity
  }

  /** Whether nothing is left to publish, or what is left cannot be stored now. */
  get isIdle(): boolean {
    if (!this.#connection || this.#window.isLiveOnly) return true
    return !this.#parts.reports.hasToSend && this.#window.unstored === 0
  }

  /** Publishes on this connection from now on, first a heartbeat. */
  connected(connection: BrokerConnection): void {
    if (connection === this.#connection) return
    this.#connection = connection
    this.beat()
  }

  /** The connection is lost, and with it what the stream has not confirmed. */
  disconnected(): void {
    this.#connection = undefined
    this.#isFlushing = false
    for (const client of this.#window.reset()) this.#parts.reports.addMissedOf(client)
  }

  /** Publishes as much as may be: new reports, and with `isAllRead`, those that the stream lacks. */
  send(now: number, isAllRead: boolean): void {
    if (!this.#connection) return
    this.#now = now
    const { reports } = this.#parts
    const window = this.#window
    while (window.mayPublish && reports.take(1, this.#news, 'news') > 0);
    while (isAllRead && window.mayRepair(now) && reports.take(1, this.#repairs, 'repairs') > 0);
    if (window.needsFlush) this.#flush(this.#connection)
    if (this.isIdle) window.finished()
  }

  /** The stream has stored a message, or refused it. */
  confirmed(number: number, refusal: string | undefined, now: number): void {
    if (refusal === undefined) {
      this.#window.stored(number)
      return
    }
    const client = this.#window.refused(number, refusal, now)
    if (client) this.#parts.reports.addMissedOf(client)
  }

  /** Gives up messages that were not confirmed in time. */
  time(now: number): void {
    for (const client of this.#window.expire(now)) this.#parts.reports.addMissedOf(client)
  }

  /** Publishes the reports of all clients that the stream turns out to lack. */
  publishAll(): void {
    this.#parts.reports.addAllMissed()
  }

  /** Publishes a heartbeat. */
  beat(): void {
    if (!this.#connection) return
    const { subject, bytes } = this.#parts.messages.heartbeat()
    this.#connection.publish(subject, bytes)
  }

  readonly #news: Outbox = {
    report: (line) => {
      this.#publish(line, !this.#window.isLiveOnly)
    },
    ...SKIPPED,
  }

  readonly #repairs: Outbox = {
    report: (line) => {
      this.#publish(line, true)
    },
    ...SKIPPED,
  }

  /** Publishes a report. One that the stream is not asked to confirm is published again when it stores reports. */
  #publish(line: ReportLine, isConfirmed: boolean): void {
    const { reports, messages, log } = this.#parts
    const statement = statementIn(line)
    const id = new Uint8Array(clientOf(statement))
    const message = messages.statement(statement)
    const { length } = message.bytes
    const number = isConfirmed ? this.#window.published(id, length, this.#now) : undefined
    this.#connection?.publish(message.subject, message.bytes, number)
    this.sentBytes += length
    log?.out(line.bytes, line.start, line.end)
    if (isConfirmed) return
    this.#window.publishedLive(length)
    reports.addMissedOf(id)
  }

  #flush(connection: BrokerConnection): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    const flushed = (): void => {
      if (connection !== this.#connection) return
      this.#isFlushing = false
      this.#window.flushed()
      this.#parts.ready()
    }
    // If the connection is lost instead, that is an event of its own.
    void connection.flush().then(flushed, () => undefined)
  }
}

import type { Flood } from '../flood/flood.js'
import type { Neighbour } from '../flood/neighbour.js'
import type { PeerLog } from '../log/peer-log.js'
import { compareBytes } from '../protocol/bytes.js'
import { compareStatements } from '../protocol/merge.js'
import type { Report } from '../protocol/report.js'
import { isLaterThan, lineOfStatement, plainStatement, type Statement } from '../protocol/statement.js'
import type { CarrierEvent } from './carrier-events.js'
import { START_BYTES, type Header } from './envelope.js'
import type { Messages, Received } from './messages.js'
import { MAX_SILENCE_MS, ReceivedNumbers } from './received-numbers.js'

/** What is wrong with a message is reported for this long. */
export const FAULT_MS = 60_000

export interface ReceiverParts {
  /** The name of the link. */
  readonly name: string
  /** The name of this server. */
  readonly carrier: string
  /** See `Header.start`. */
  readonly start: Uint8Array
  readonly flood: Flood
  /** What the engine lacks. */
  readonly reports: Neighbour
  readonly messages: Messages
  readonly log: PeerLog | undefined
  /** Schedules a tick, because reports may be pending for neighbours. */
  readonly due: () => void
  /** Live messages were missed, see the event; or messages were removed from the stream. */
  readonly onLoss: (event: Extract<CarrierEvent, { kind: 'missed' | 'removed' }>) => void
}

/** Takes in what other carriers have published, live or from the stream. The merge law decides about it, as about all reports. */
export class Receiver {
  readonly #parts: ReceiverParts
  readonly #numbers = new ReceivedNumbers()
  #fault = ''
  #faultAt = -Infinity
  bytes = 0
  /** When the last message arrived. */
  lastAt = 0

  constructor(parts: ReceiverParts) {
    this.#parts = parts
  }

  /** What was wrong with a message, in words. */
  fault(now: number): string | undefined {
    return now < this.#faultAt + FAULT_MS ? this.#fault : undefined
  }

  /** Live messages are received on a new connection. */
  connected(now: number): void {
    this.#numbers.connected(now)
    this.#faultAt = -Infinity
  }

  /** Called at intervals: the last messages of a carrier may have been missed if nothing follows them. */
  time(now: number): void {
    if (this.#numbers.forgetSilent(now)) this.#parts.onLoss({ kind: 'missed', silentMs: MAX_SILENCE_MS })
  }

  /** Takes a live message. */
  receive(subject: string, message: Uint8Array, now: number): void {
    const received = this.#take(subject, message, now)
    const { onLoss } = this.#parts
    if (received.kind === 'removed') onLoss({ kind: 'removed' })
    if (!('carrier' in received)) return
    const { carrier, header } = received
    if (carrier === this.#parts.carrier) {
      // The broker does not deliver our own messages to us, except those that arrive after an earlier connection was lost.
      if (received.kind !== 'other') this.#restore(statementOfMessage(received))
      if (this.#isOwnRun(header)) return
      this.#note(`another server also publishes as ${carrier}: each carrier needs a name of its own`, now)
    }
    const silentMs = this.#numbers.receive(carrier, header, now)
    if (silentMs !== undefined) onLoss({ kind: 'missed', silentMs })
  }

  /** Takes a message that the stream has kept. */
  receiveStored(subject: string, message: Uint8Array, now: number): void {
    const received = this.#take(subject, message, now)
    if (received.kind !== 'report' && received.kind !== 'statement') return
    const { carrier, header } = received
    const statement = statementOfMessage(received)
    const id = idIn(statement)
    if (this.#isHeld(id, statement)) this.#parts.reports.markStoredOf(id)
    // What this run has published may well be older than what it holds.
    else if (carrier === this.#parts.carrier && !this.#isOwnRun(header)) this.#parts.reports.addMissedOf(id)
  }

  #take(subject: string, message: Uint8Array, now: number): Received {
    const { flood, name, messages, log, due } = this.#parts
    this.bytes += message.length
    this.lastAt = now
    const received = messages.read(subject, message)
    if (received.kind === 'invalid') this.#note(received.why, now)
    if (received.kind !== 'report' && received.kind !== 'statement') return received
    const statement = statementOfMessage(received)
    const { bytes, start, end } = lineOfStatement(statement)
    log?.in(bytes, start, end)
    const isNews =
      received.kind === 'report'
        ? flood.receive(received.report, name)
        : flood.receiveStatement(received.statement, name)
    if (isNews) due()
    else this.#answer(statement)
    return received
  }

  /**
   * Publishes again what we hold of a client if it is of a later generation than a statement that is later than that. The carriers that keep the
   * statement may have dropped ours as expired. When they receive it, they raise the statement to its generation.
   */
  #answer(statement: Statement): void {
    const { flood, reports, due } = this.#parts
    const id = idIn(statement)
    const generation = flood.statementAbout(id)?.generation ?? 0
    if (statement.generation >= generation || !isLaterThan(statement, generation)) return
    reports.addMissedOf(id)
    due()
  }

  #note(fault: string, now: number): void {
    this.#fault = fault
    this.#faultAt = now
  }

  #isOwnRun({ start }: Header): boolean {
    return compareBytes(start, 0, START_BYTES, this.#parts.start, 0, START_BYTES) === 0
  }

  /** Publishes our report again if an older one has replaced it in the stream, under the same subject. */
  #restore(statement: Statement): void {
    const { reports, due } = this.#parts
    const id = idIn(statement)
    if (this.#isHeld(id, statement)) return
    reports.addMissedOf(id)
    due()
  }

  /** Whether we hold this very statement, rather than a newer one, or none since it has expired. */
  #isHeld(id: Uint8Array, statement: Statement): boolean {
    const held = this.#parts.flood.statementAbout(id)
    return held !== undefined && compareStatements(held, statement) === 0
  }
}

type ReceivedStatement = Extract<Received, { kind: 'report' | 'statement' }>

function statementOfMessage(received: ReceivedStatement): Statement {
  return received.kind === 'report' ? plainStatement(received.report) : received.statement
}

/** A copy of the client ID. */
function idIn({ bytes, client, position }: Report): Uint8Array {
  return new Uint8Array(bytes.subarray(client, position - 1))
}

import type { Flood } from '../flood/flood.js'
import type { Neighbour } from '../flood/neighbour.js'
import type { PeerLog } from '../log/peer-log.js'
import { compareBytes } from '../protocol/bytes.js'
import type { Report } from '../protocol/report.js'
import { START_BYTES, type Header } from './envelope.js'
import type { Messages, Received } from './messages.js'
import { ReceivedNumbers } from './received-numbers.js'

/** Another server that publishes under our name is reported until it has been silent for so long. */
const NAMESAKE_MS = 60_000

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
  /** Live messages were missed, or messages were removed from the stream. */
  readonly onLoss: (kind: 'missed' | 'removed') => void
}

/** Takes in what other carriers have published, live or from the stream. The merge law decides about it, as about all reports. */
export class Receiver {
  readonly #parts: ReceiverParts
  readonly #numbers = new ReceivedNumbers()
  /** When another server was last seen to publish under our name. */
  #namesakeAt = -Infinity
  /** Why a message on this connection could not be trusted or read. */
  #invalid: string | undefined
  bytes = 0
  /** When the last message arrived. */
  lastAt = 0

  constructor(parts: ReceiverParts) {
    this.#parts = parts
  }

  /** What is wrong, in words. */
  fault(now: number): string | undefined {
    if (now < this.#namesakeAt + NAMESAKE_MS)
      return `another server also publishes as ${this.#parts.carrier}: each carrier needs a name of its own`
    return this.#invalid
  }

  /** The connection is lost: what was missed is in the stream. */
  disconnected(): void {
    this.#numbers.clear()
    this.#invalid = undefined
  }

  /** Takes a live message. */
  receive(subject: string, message: Uint8Array, now: number): void {
    const received = this.receiveStored(subject, message, now)
    if (received.kind === 'removed') this.#parts.onLoss('removed')
    if (received.kind !== 'report' && received.kind !== 'heartbeat') return
    const { carrier, header } = received
    // The broker does not deliver our own messages to us.
    if (carrier === this.#parts.carrier) this.#namesakeAt = now
    if (this.#numbers.receive(carrier, header)) this.#parts.onLoss('missed')
  }

  /** Takes a message that the stream has kept. */
  receiveStored(subject: string, message: Uint8Array, now: number): Received {
    const { flood, name, carrier, messages, log, due } = this.#parts
    this.bytes += message.length
    this.lastAt = now
    const received = messages.read(subject, message)
    if (received.kind === 'invalid') this.#invalid = received.why
    if (received.kind !== 'report') return received
    const { report, header } = received
    log?.in(report.bytes, report.start, report.end)
    if (flood.receive(report, name)) due()
    else if (received.carrier === carrier && !this.#isOwnRun(header)) this.#restore(report)
    return received
  }

  #isOwnRun({ start }: Header): boolean {
    return compareBytes(start, 0, START_BYTES, this.#parts.start, 0, START_BYTES) === 0
  }

  /** Publishes our report again if an older one of another run has replaced it in the stream, under the same subject. */
  #restore({ bytes, start, end, client, position }: Report): void {
    const { flood, reports } = this.#parts
    const id = new Uint8Array(bytes.subarray(client, position - 1))
    const held = flood.get(id)
    if (held && compareBytes(held.bytes, held.start, held.end, bytes, start, end) !== 0)
      reports.addMissedOf(id)
  }
}

import type { Flood } from '../flood/flood.js'
import type { Log } from '../log/log.js'
import type { LinkStatus } from '../protocol/status.js'
import { BrokerError, type Broker, type BrokerConnection, type BrokerEvents } from './broker.js'
import type { CarrierEffect, CarrierEvent } from './carrier-events.js'
import { Carrier } from './carrier.js'
import { Messages } from './messages.js'
import { Publisher } from './publisher.js'
import { Receiver } from './receiver.js'
import type { Sealing } from './seal.js'
import type { Subjects } from './subjects.js'

/** Time, in milliseconds of a clock that never steps. */
export interface Timer {
  now(): number
  /** Calls `run` after this time. Returns what cancels that. */
  after(ms: number, run: () => void): () => void
}

export interface EngineLinkParts {
  /** The name of the link, which no server has. */
  readonly name: string
  /** The name of this server. */
  readonly carrier: string
  readonly broker: Broker
  readonly subjects: Subjects
  /** Undefined in a herd without a key. */
  readonly seal: Sealing | undefined
  /** Different at each start, see `Header.start`. */
  readonly start: Uint8Array
  readonly flood: Flood
  readonly log: Pick<Log, 'peer'>
  readonly timer: Timer
  readonly random: () => number
  /** Schedules a tick, because reports may be pending for neighbours. */
  readonly due: () => void
  /** The state of the link has changed; `why` says what is wrong, or nothing. */
  readonly onNews: (name: string, what: 'up' | 'lost' | 'unreachable', why: string) => void
}

/**
 * The link of a carrier to an engine, which takes the place of a neighbour: it is sent what it lacks, and it delivers what other carriers have
 * published.
 */
export class EngineLink {
  readonly neighbour: string
  readonly #parts: EngineLinkParts
  readonly #carrier: Carrier
  readonly #publisher: Publisher
  readonly #receiver: Receiver
  #connection: BrokerConnection | undefined
  /** Why the connection has ended before it was made known. */
  #endedEarly: string | undefined
  #upSince: number | undefined
  #cancelWake: (() => void) | undefined
  #wakeAt = Infinity
  #isClosed = false
  /** What `onNews` was last called with. */
  #reported: { readonly isUp: boolean; readonly fault: string | undefined } | undefined
  #onIdle: (() => void) | undefined
  /** The cutoff when it was last looked at. */
  #cutoff = 0

  constructor(parts: EngineLinkParts) {
    const { name, flood, subjects, carrier, start, seal, random, due } = parts
    const log = parts.log.peer('neighbour', name)
    this.neighbour = name
    this.#parts = parts
    const reports = flood.linkUp(name, 'engine')
    const messages = new Messages({ subjects, carrier, start, seal })
    this.#carrier = new Carrier(random)
    const ready = (): void => {
      this.send()
    }
    this.#publisher = new Publisher({ reports, messages, log, ready })
    const onLoss = (event: CarrierEvent): void => {
      this.#step(event)
    }
    this.#receiver = new Receiver({ name, carrier, start, flood, reports, messages, log, due, onLoss })
  }

  get #now(): number {
    return this.#parts.timer.now()
  }

  /** Connects, and again whenever the connection is lost, until it is closed. */
  start(): void {
    this.#step({ kind: 'start' })
  }

  /** Publishes what the engine lacks, as fast as its stream stores it. */
  send(): void {
    const { cutoff } = this.#parts.flood.expiry.cutoff
    const isEarlier = cutoff < this.#cutoff
    this.#cutoff = cutoff
    if (isEarlier) this.#step({ kind: 'setBack' })
    this.#publisher.send(this.#now, this.#carrier.isAllRead)
    if (this.#isIdle) this.#onIdle?.()
    this.#update()
  }

  status(nowMs: number): LinkStatus {
    const { neighbour } = this
    const now = this.#now
    const fault = this.#fault(now)
    // Until the stream was inspected, nobody knows whether it can be used.
    if (this.#upSince === undefined || !this.#carrier.isInspected) return { neighbour, state: 'down', fault }
    return {
      neighbour,
      state: 'up',
      kind: 'engine',
      upSince: new Date(nowMs - (now - this.#upSince)).toISOString(),
      upSeconds: Math.round(now - this.#upSince) / 1_000,
      lastHeardSecondsAgo: Math.round(now - Math.max(this.#receiver.lastAt, this.#upSince)) / 1_000,
      pending: this.#publisher.pending,
      sentBytes: this.#publisher.sentBytes,
      receivedBytes: this.#receiver.bytes,
      lastComparison: null,
      fault,
    }
  }

  /** Publishes what is pending, unless the engine does not store it now, and closes for good. */
  async close(): Promise<void> {
    this.send()
    if (!this.#isIdle) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    this.destroy()
  }

  /** Closes at once. */
  destroy(): void {
    this.#isClosed = true
    this.#cancelWake?.()
    this.#onIdle?.()
    void this.#connection?.close()
    this.#connection = undefined
  }

  get #isIdle(): boolean {
    return this.#publisher.isIdle || this.#carrier.fault !== undefined
  }

  /** What is wrong, in words that follow the name of the engine. */
  #fault(now: number): string | undefined {
    const { fault } = this.#publisher
    const storing = fault === undefined ? undefined : `its stream stores no reports: ${fault}`
    return this.#carrier.fault ?? storing ?? this.#receiver.fault(now)
  }

  #step(event: CarrierEvent): void {
    if (this.#isClosed) return
    for (const effect of this.#carrier.step(event, this.#now)) this.#perform(effect)
    this.send()
  }

  #perform(effect: CarrierEffect): void {
    const connection = this.#connection
    switch (effect.kind) {
      case 'dial':
        this.#endedEarly = undefined
        void this.#dial()
        return
      case 'hangUp':
        void connection?.close()
        this.#disconnected()
        return
      case 'inspect':
        if (connection) void this.#inspect(connection)
        return
      case 'read':
        if (connection) void this.#read(connection, effect.from, effect.to)
        return
      case 'publishAll':
        this.#publisher.publishAll()
        return
      case 'beat':
        this.#publisher.beat()
    }
  }

  async #dial(): Promise<void> {
    // Live messages may arrive before `connect` has resolved, and the connection may end.
    this.#receiver.connected(this.#now)
    let connection: BrokerConnection
    try {
      connection = await this.#parts.broker.connect(this.#events)
      if (this.#endedEarly !== undefined) throw new BrokerError(this.#endedEarly)
    } catch (error) {
      this.#step({ kind: 'closed', why: (error as Error).message })
      return
    }
    if (this.#isClosed) {
      await connection.close()
      return
    }
    this.#connection = connection
    this.#upSince = this.#now
    this.#step({ kind: 'connected' })
  }

  readonly #events: BrokerEvents = {
    received: (subject, message) => {
      this.#receiver.receive(subject, message, this.#now)
    },
    confirmed: (number, refusal) => {
      this.#publisher.confirmed(number, refusal, this.#now)
      this.send()
    },
    closed: (why) => {
      if (!this.#connection) {
        this.#endedEarly = why
        return
      }
      this.#disconnected()
      this.#step({ kind: 'closed', why })
    },
  }

  #disconnected(): void {
    this.#connection = undefined
    this.#upSince = undefined
    this.#publisher.disconnected()
  }

  async #inspect(connection: BrokerConnection): Promise<void> {
    const event: CarrierEvent = await connection.inspect().then(
      (state) => ({ kind: 'inspected', state }),
      (error: unknown) => ({ kind: 'uninspected', why: (error as Error).message }),
    )
    if (connection !== this.#connection) return
    // Before, there may be no stream. If it cannot be used, others at least get live messages.
    this.#publisher.connected(connection)
    this.#step(event)
  }

  async #read(connection: BrokerConnection, from: number, to: number): Promise<void> {
    const onMessage = (number: number, subject: string, message: Uint8Array): void => {
      if (connection !== this.#connection) return
      this.#receiver.receiveStored(subject, message, this.#now)
      this.#carrier.readTo(number)
    }
    const event: CarrierEvent = await connection.read(from, to, onMessage).then(
      () => ({ kind: 'read', to }),
      (error: unknown) => ({ kind: 'unread', why: (error as Error).message }),
    )
    if (connection === this.#connection) this.#step(event)
  }

  /** Reports what has changed, and wakes when something is due. */
  #update(): void {
    if (this.#isClosed) return
    const now = this.#now
    this.#report(this.#fault(now))
    const wakeAt = Math.min(this.#carrier.wakeAt, this.#publisher.wakeAt(now))
    if (wakeAt >= this.#wakeAt) return
    this.#cancelWake?.()
    this.#wakeAt = wakeAt
    this.#cancelWake = this.#parts.timer.after(Math.max(1, wakeAt - now), this.#wake)
  }

  #report(fault: string | undefined): void {
    const { isUp } = this.#carrier
    const before = this.#reported
    if (before?.isUp === isUp && before.fault === fault) return
    // Nothing is known yet while it is dialled for the first time, nor before the stream was inspected.
    if (fault === undefined && !this.#carrier.isInspected) return
    this.#reported = { isUp, fault }
    const what = isUp ? 'up' : before?.isUp === true ? 'lost' : 'unreachable'
    this.#parts.onNews(this.neighbour, what, fault ?? '')
  }

  readonly #wake = (): void => {
    this.#wakeAt = Infinity
    this.#publisher.time(this.#now)
    this.#receiver.time(this.#now)
    this.#step({ kind: 'time' })
  }
}

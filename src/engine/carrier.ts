import { backoffMs } from '../link/backoff.js'
import type { StreamState } from './broker.js'
import type { CarrierEffect, CarrierEvent } from './carrier-events.js'
import { MAX_SILENCE_MS } from './received-numbers.js'

/** The stream is inspected so often. */
export const INSPECT_MS = 10_000

/** An inspection that takes longer has failed. */
export const INSPECT_TIMEOUT_MS = 10_000

/** Two reads of what was missed begin at least this far apart. */
export const READ_PAUSE_MS = 2_000

/** The same for reads of the whole stream, unless it is another stream. */
export const READ_ALL_PAUSE_MS = 60_000

/** A message that is to be stored is in the stream after this time, or its carrier publishes it again. */
export const SETTLE_MS = 10_000

/** What the stream had stored this long ago has arrived here, unless a carrier was silent for longer than `MAX_SILENCE_MS`. */
export const ARRIVAL_MS = MAX_SILENCE_MS + INSPECT_MS + SETTLE_MS + 10_000

/**
 * The whole stream is read so often, give or take a half, and all that it lacks is published. So whatever a broker has lost unnoticed is back
 * then, such as messages that were not on its disk yet when its power failed.
 */
export const AUDIT_MS = 3_600_000

/**
 * Decides when a carrier connects, and when it inspects and reads the stream: events in, effects out. Live messages come by the broker's own
 * delivery, which keeps nothing; the stream has what was missed. Times are milliseconds of a clock that never steps.
 */
export class Carrier {
  readonly #random: () => number
  #state: 'idle' | 'dialling' | 'up' = 'idle'
  #failures = 0
  #dialAt = Infinity
  #effects: CarrierEffect[] = []
  #now = 0
  #isInspecting = false
  #isInspected = false
  /** When to inspect next; while an inspection is under way, when it has failed. */
  #inspectAt = Infinity
  #stream: StreamState | undefined
  /** The numbers of the last message at the latest inspections. */
  #lasts: { readonly at: number; readonly last: number }[] = []
  /** All messages of the stream up to this number have been received. */
  #receivedTo = 0
  /** Whether what was missed must be read. */
  #isMissing = false
  /** Whether everything must be read. */
  #isDoubtful = false
  #isReading = false
  #isAllRead = false
  #missedAt = -Infinity
  #readAt = -Infinity
  #allReadAt = -Infinity
  #auditAt = Infinity
  #connectionFault: string | undefined
  #inspectionFault: string | undefined
  #readFault: string | undefined

  /** `random` returns numbers from 0 to 1, which spread what several carriers do. */
  constructor(random: () => number) {
    this.#random = random
  }

  get isUp(): boolean {
    return this.#state === 'up'
  }

  /** Whether the state of the stream was found out since the connection was made. */
  get isInspected(): boolean {
    return this.isUp && this.#isInspected
  }

  /** Whether everything that the stream had was read, so that reports still to be published are those that it lacks. */
  get isAllRead(): boolean {
    return this.isUp && this.#isAllRead
  }

  /** What is wrong, in words that follow the name of the engine. */
  get fault(): string | undefined {
    return this.#connectionFault ?? this.#inspectionFault ?? this.#readFault
  }

  /** How many messages the stream held when it was last inspected. */
  get messages(): number {
    return this.#stream?.messages ?? 0
  }

  /** When the next `time` event is due; Infinity for never. */
  get wakeAt(): number {
    if (this.#state === 'idle') return this.#dialAt
    return this.isUp ? Math.min(this.#inspectAt, this.#auditAt) : Infinity
  }

  /** A message with this number has been read from the stream. */
  readTo(number: number): void {
    this.#receivedTo = Math.max(this.#receivedTo, number)
  }

  /** Handles an event at a time; returns the effects to carry out. */
  step(event: CarrierEvent, now: number): CarrierEffect[] {
    this.#now = now
    this.#take(event)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #take(event: CarrierEvent): void {
    switch (event.kind) {
      case 'start':
        this.#auditAt = this.#now + this.#auditMs
        this.#dial()
        return
      case 'connected':
        this.#connected()
        return
      case 'closed':
        this.#closed(event.why)
        return
      case 'inspected':
        this.#inspected(event.state)
        return
      case 'uninspected':
        this.#isInspecting = false
        this.#inspectAt = this.#now + INSPECT_MS
        this.#inspectionFault = event.why
        return
      case 'read':
        this.readTo(event.to)
        this.#finishRead()
        return
      case 'unread':
        this.#isReading = false
        this.#readFault = event.why
        this.#mustRead('missed')
        return
      case 'missed':
        this.#mustRead(event.silentMs > MAX_SILENCE_MS ? 'all' : 'missed')
        return
      case 'removed':
      case 'setBack':
        this.#mustRead('all')
        return
      case 'time':
        this.#timePassed()
    }
  }

  #timePassed(): void {
    if (this.#state === 'idle' && this.#now >= this.#dialAt) this.#dial()
    if (!this.isUp) return
    if (this.#now >= this.#auditAt) {
      this.#auditAt = this.#now + this.#auditMs
      this.#mustRead('all')
    }
    if (this.#now < this.#inspectAt) return
    if (!this.#isInspecting) {
      this.#inspect()
      return
    }
    // The connection may be half-open, or to a part of a cluster that has no leader. Another server may do better.
    this.#effects.push({ kind: 'hangUp' })
    this.#closed('it does not answer')
  }

  #dial(): void {
    this.#state = 'dialling'
    this.#effects.push({ kind: 'dial' })
  }

  #connected(): void {
    this.#state = 'up'
    this.#connectionFault = undefined
    this.#note('missed')
    this.#inspect()
  }

  #closed(why: string): void {
    this.#state = 'idle'
    this.#dialAt = this.#now + backoffMs(this.#failures, this.#random())
    this.#failures += 1
    this.#connectionFault = why
    this.#inspectionFault = undefined
    this.#readFault = undefined
    this.#isInspecting = false
    this.#isInspected = false
    this.#isReading = false
  }

  #inspect(): void {
    this.#isInspecting = true
    this.#inspectAt = this.#now + INSPECT_TIMEOUT_MS
    this.#effects.push({ kind: 'inspect' }, { kind: 'beat' })
  }

  #inspected(state: StreamState): void {
    const before = this.#stream
    this.#stream = state
    this.#isInspecting = false
    // A connection that is lost soon after it was made counts as a failure: a broker may cut off a carrier that cannot keep up.
    if (this.#isInspected) this.#failures = 0
    this.#isInspected = true
    this.#inspectAt = this.#now + INSPECT_MS
    this.#inspectionFault = undefined
    if (before?.identity !== state.identity || state.last < before.last) {
      this.#allReadAt = -Infinity
      this.#lasts = []
      this.#note('all')
    } else if (state.messages < before.messages) this.#note('all')
    this.#noteLast(state.last)
    if (!this.#isReading) this.#read(state)
  }

  #noteLast(last: number): void {
    const until = this.#now - ARRIVAL_MS
    this.#lasts.push({ at: this.#now, last })
    let arrived = 0
    for (let [oldest] = this.#lasts; oldest && oldest.at <= until; [oldest] = this.#lasts) {
      arrived = oldest.last
      this.#lasts.shift()
    }
    if (!this.#isMissing && !this.#isReading) this.readTo(arrived)
  }

  /** Begins to read what is to be read, once the stream was inspected. */
  #read({ last }: StreamState): void {
    const isAll = this.#isDoubtful && this.#now >= this.#allReadAt + READ_ALL_PAUSE_MS
    if (!isAll && !this.#isMissing) return
    this.#isMissing = false
    this.#isReading = true
    this.#readAt = this.#now
    if (isAll) {
      this.#isDoubtful = false
      this.#allReadAt = this.#now
      this.#isAllRead = false
      this.#receivedTo = 0
      this.#effects.push({ kind: 'publishAll' })
    }
    if (this.#receivedTo >= last) this.#finishRead()
    else this.#effects.push({ kind: 'read', from: this.#receivedTo + 1, to: last })
  }

  #finishRead(): void {
    this.#isReading = false
    this.#isAllRead = true
    this.#readFault = undefined
    if (this.#isMissing) this.#inspectBy(this.#readAt + READ_PAUSE_MS)
    // What was missed last may not have been in the stream yet when that was inspected.
    if (this.#isMissing || this.#readAt >= this.#missedAt + SETTLE_MS) return
    this.#isMissing = true
    this.#inspectBy(this.#missedAt + SETTLE_MS)
  }

  /** Has the stream inspected and read soon. */
  #mustRead(what: 'missed' | 'all'): void {
    this.#note(what)
    this.#inspectBy(Math.max(this.#now, this.#readAt + READ_PAUSE_MS))
  }

  #note(what: 'missed' | 'all'): void {
    this.#missedAt = this.#now
    if (what === 'all') this.#isDoubtful = true
    else this.#isMissing = true
  }

  #inspectBy(at: number): void {
    if (!this.#isInspecting) this.#inspectAt = Math.min(this.#inspectAt, at)
  }

  get #auditMs(): number {
    return AUDIT_MS * (0.5 + this.#random())
  }
}

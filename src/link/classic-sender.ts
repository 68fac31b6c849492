import {
  CONNECT_TIMEOUT_MS,
  LINGER_MS,
  MAX_ATTEMPTS,
  MAX_PAUSE_MS,
  MIN_PAUSE_MS,
  PACE_MS,
  SLOT_AFTER_HALF_CLOSE_MS,
  SLOTS,
} from './sender-limits.js'

/** The number of one connection to a classic neighbour. */
export type TransferId = number & { readonly brand: 'transfer' }

/** A report as it is sent to a classic neighbour: the client's ID, and the line with its line end. Both are latin1. */
export interface OutgoingLine {
  readonly client: string
  readonly line: string
}

export type SenderEvent =
  /** There may be reports to send. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'connected'; readonly transfer: TransferId }
  /** The line and the end of our side are sent. */
  | { readonly kind: 'halfClosed'; readonly transfer: TransferId }
  /** A connection has ended; `why` is the reason if it failed. */
  | { readonly kind: 'closed'; readonly transfer: TransferId; readonly why: string | undefined }
  /** The neighbour has connected to us, so it is likely reachable. */
  | { readonly kind: 'returned' }
  /** Connect no more until a time. */
  | { readonly kind: 'hold'; readonly until: number }
  | { readonly kind: 'time' }

export type SenderEffect =
  /** Connect, send the line, and half-close. */
  | { readonly kind: 'connect'; readonly transfer: TransferId; readonly line: string }
  | { readonly kind: 'destroy'; readonly transfer: TransferId }
  /** The neighbour cannot be reached, after it could or at first. */
  | { readonly kind: 'unreachable'; readonly why: string }
  /** The neighbour can be reached, after it could not or at first. */
  | { readonly kind: 'reachable' }

export interface SenderOptions {
  /** Takes the newest report of the next client, undefined if there is none. */
  readonly take: () => OutgoingLine | undefined
  /** Whether `take` may return one. */
  readonly hasMore: () => boolean
}

/** One connection, which carries one line. It occupies a slot until it is `lingering`. */
interface Transfer {
  readonly id: TransferId
  readonly message: OutgoingLine
  readonly since: number
  /** Whether a newer report of the client is sent, so that this one must not be sent again. */
  isSuperseded: boolean
  phase: 'connecting' | 'sending' | 'closing' | 'lingering'
  /** When the phase ends by time. */
  dueAt: number
}

/**
 * Decides when reports are sent to a classic neighbour, each on a connection of its own: events in, effects out. The reports of one client
 * are sent one after another, and of those that wait only the newest. Times are milliseconds of a clock that never steps.
 */
export class ClassicSender {
  readonly #options: SenderOptions
  readonly #transfers = new Map<TransferId, Transfer>()
  /** By client, reports that were taken but cannot be sent yet: at most two for each slot. */
  readonly #waiting = new Map<string, OutgoingLine>()
  /** By client, how often a report has been sent whose connection was reset. */
  readonly #attempts = new Map<string, number>()
  #effects: SenderEffect[] = []
  #last = 0
  #isReachable: boolean | undefined
  #failures = 0
  #pausedAt = -Infinity
  /** No connection is made before any of these. */
  #pausedUntil = -Infinity
  #heldUntil = -Infinity
  #pacedUntil = -Infinity
  #now = 0

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** When the next `time` event is due; Infinity for never. */
  get wakeAt(): number {
    let first = this.#hasFreeSlot && this.#hasMore ? this.#mayConnectAt : Infinity
    for (const { dueAt } of this.#transfers.values()) first = Math.min(first, dueAt)
    return first
  }

  /** How many reports have been taken but not sent. */
  get unsent(): number {
    return this.#waiting.size + this.#occupied.length
  }

  /** Whether it waits because the neighbour could not be reached, or is held off. */
  isPaused(now: number): boolean {
    return Math.max(this.#pausedUntil, this.#heldUntil) > now
  }

  /** Handles an event at a time; returns the effects to carry out. */
  step(event: SenderEvent, now: number): SenderEffect[] {
    this.#now = now
    this.#take(event)
    this.#fill()
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #take(event: SenderEvent): void {
    switch (event.kind) {
      case 'pending':
        return
      case 'returned':
        // One that is overloaded also sends, so it gets the shortest pause all the same.
        this.#pausedUntil = Math.min(this.#pausedUntil, this.#pausedAt + MIN_PAUSE_MS)
        return
      case 'hold':
        this.#heldUntil = event.until
        return
      case 'time':
        for (const transfer of [...this.#transfers.values()])
          if (transfer.dueAt <= this.#now) this.#due(transfer)
        return
      default: {
        const transfer = this.#transfers.get(event.transfer)
        if (!transfer) return
        if (event.kind === 'connected') this.#connected(transfer)
        else if (event.kind === 'halfClosed') enter(transfer, 'closing', this.#now + SLOT_AFTER_HALF_CLOSE_MS)
        else this.#closed(transfer, event.why)
      }
    }
  }

  #connected(transfer: Transfer): void {
    enter(transfer, 'sending', this.#now + CONNECT_TIMEOUT_MS)
    this.#failures = 0
    this.#pausedUntil = -Infinity
    if (this.#isReachable !== true) this.#effects.push({ kind: 'reachable' })
    this.#isReachable = true
  }

  #closed(transfer: Transfer, why: string | undefined): void {
    const { phase, message } = transfer
    this.#transfers.delete(transfer.id)
    if (phase === 'connecting') this.#failed(transfer, why ?? 'it closed the connection')
    else if (why !== undefined) this.#reset(transfer)
    else this.#attempts.delete(message.client)
  }

  #due(transfer: Transfer): void {
    const { phase } = transfer
    if (phase === 'closing') {
      enter(transfer, 'lingering', this.#now + LINGER_MS - SLOT_AFTER_HALF_CLOSE_MS)
      return
    }
    this.#destroy(transfer)
    if (phase === 'connecting')
      this.#failed(transfer, `it does not answer within ${CONNECT_TIMEOUT_MS / 1_000} s`)
    else if (phase === 'sending') this.#reset(transfer)
    else this.#attempts.delete(transfer.message.client)
  }

  #destroy({ id }: Transfer): void {
    this.#transfers.delete(id)
    this.#effects.push({ kind: 'destroy', transfer: id })
  }

  /** A connection was not made. Several that fail together count once. */
  #failed({ message, since }: Transfer, why: string): void {
    this.#sendAgain(message)
    if (since < this.#pausedAt) return
    this.#pausedAt = this.#now
    this.#pausedUntil = this.#now + Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** this.#failures)
    this.#failures += 1
    if (this.#isReachable !== false) this.#effects.push({ kind: 'unreachable', why })
    this.#isReachable = false
  }

  /** A connection was made, but broke, so the line may not have been read. */
  #reset({ message, isSuperseded }: Transfer): void {
    const attempts = (this.#attempts.get(message.client) ?? 0) + 1
    if (isSuperseded || attempts >= MAX_ATTEMPTS) {
      this.#attempts.delete(message.client)
      return
    }
    this.#attempts.set(message.client, attempts)
    this.#sendAgain(message)
  }

  /** Only the newest report of a client waits. */
  #sendAgain(message: OutgoingLine): void {
    if (!this.#waiting.has(message.client)) this.#waiting.set(message.client, message)
  }

  get #occupied(): Transfer[] {
    return [...this.#transfers.values()].filter(({ phase }) => phase !== 'lingering')
  }

  get #hasFreeSlot(): boolean {
    return this.#occupied.length < SLOTS
  }

  get #hasMore(): boolean {
    return this.#options.hasMore() || [...this.#waiting.keys()].some((client) => !this.#isBusy(client))
  }

  get #mayConnectAt(): number {
    return Math.max(this.#pausedUntil, this.#heldUntil, this.#pacedUntil)
  }

  #isBusy(client: string): boolean {
    return this.#occupied.some(({ message }) => message.client === client)
  }

  /** Starts the next transfer, if there is one and it may. */
  #fill(): void {
    if (this.#now < this.#mayConnectAt || !this.#hasFreeSlot) return
    const message = this.#next()
    if (!message) return
    this.#last += 1
    const id = this.#last as TransferId
    const dueAt = this.#now + CONNECT_TIMEOUT_MS
    for (const transfer of this.#transfers.values())
      transfer.isSuperseded ||= transfer.message.client === message.client
    this.#transfers.set(id, {
      id,
      message,
      since: this.#now,
      isSuperseded: false,
      phase: 'connecting',
      dueAt,
    })
    this.#pacedUntil = this.#now + PACE_MS
    this.#effects.push({ kind: 'connect', transfer: id, line: message.line })
  }

  #next(): OutgoingLine | undefined {
    for (const [client, message] of this.#waiting) {
      if (this.#isBusy(client)) continue
      this.#waiting.delete(client)
      return message
    }
    for (let message = this.#options.take(); message; message = this.#options.take()) {
      if (!this.#isBusy(message.client)) return message
      this.#waiting.set(message.client, message)
    }
    return undefined
  }
}

/** Starts another phase of a transfer. */
function enter(transfer: Transfer, phase: Transfer['phase'], dueAt: number): void {
  transfer.phase = phase
  transfer.dueAt = dueAt
}

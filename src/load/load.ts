import { PersonError } from '../person-error.js'
import { LoadConnection, type LoadConnectionEvents, type Target, type Traffic } from './load-connection.js'
import { emptyTally, type Tally } from './tally.js'

/** What a load does next. */
export type Phase =
  /** Each client reports for the first time. */
  | { readonly kind: 'introduction' }
  /** So many requests, as fast as they are answered. */
  | { readonly kind: 'requests'; readonly count: number }
  /** So many seconds, as fast as requests are answered. */
  | { readonly kind: 'closed'; readonly seconds: number }
  /** So many seconds, at so many requests a second, whether or not the earlier ones are answered. */
  | { readonly kind: 'open'; readonly seconds: number; readonly ratePerSecond: number }

/** How often it is seen to requests that have become due, beside whenever an answer comes: timers are no finer. */
const PACE_MS = 1

const MILLISECONDS = 1_000

/** Requests to some servers, through lanes that are spread evenly over them. */
export class Load {
  readonly #connections: LoadConnection[] = []
  readonly #clients: number
  #connecting: number
  #phase: Phase = { kind: 'introduction' }
  #tally: Tally = emptyTally()
  /** In an open loop: which request of all lanes is due next, of how many, when the first one was, and how long after it the next. */
  #turn = 0
  #turns = 0
  #startsAt = 0
  #paceMs = 0
  #failure: PersonError | undefined
  /** Ends the waiting of whoever waits for connections or for the end of a phase. */
  #wake: () => void = () => undefined

  /** Begins to connect. */
  constructor(targets: readonly Target[], traffic: Traffic, timeoutMs: number) {
    this.#clients = traffic.crowd.size
    this.#connecting = traffic.connections
    const events: LoadConnectionEvents = {
      connected: () => {
        this.#connecting -= 1
        if (this.#connecting === 0) this.#wake()
      },
      replied: (connection, now) => {
        this.#replied(connection, now)
      },
      failed: (error) => {
        this.#fail(error)
      },
    }
    for (let index = 0; index < traffic.connections; index += 1)
      this.#connections.push(
        new LoadConnection(targets[index % targets.length] as Target, index, traffic, { events, timeoutMs }),
      )
  }

  /** Resolves when all lanes are connected. Throws a PersonError when a server cannot be reached. */
  async connected(): Promise<void> {
    await this.#until(() => this.#connecting === 0)
  }

  /** How much of its phase is done, from 0 to 1. */
  get progress(): number {
    const { reports, questions, startedAt } = this.#tally
    switch (this.#phase.kind) {
      case 'introduction':
        return reports / this.#clients
      case 'requests':
        return (reports + questions) / this.#phase.count
      case 'closed':
      case 'open':
        return Math.min(1, (performance.now() - startedAt) / (this.#phase.seconds * MILLISECONDS))
    }
  }

  /** Carries a phase out until all that it sent is answered. Throws a PersonError when a server fails it, or it is closed. */
  async run(phase: Phase): Promise<Tally> {
    this.#begin(phase)
    const timers = this.#timersOf(phase)
    try {
      await this.#until(() => this.#isDone)
    } finally {
      for (const timer of timers) clearTimeout(timer)
    }
    return this.#tally
  }

  /** Closes all connections; what is under way fails. */
  close(): void {
    this.#fail(new PersonError('the load was stopped'))
    for (const connection of this.#connections) connection.destroy()
  }

  #begin(phase: Phase): void {
    const now = performance.now()
    this.#phase = phase
    this.#tally = { ...emptyTally(), startedAt: now, endedAt: now }
    this.#turns = 0
    if (phase.kind === 'open') {
      this.#turn = 0
      this.#turns = Math.round(phase.seconds * phase.ratePerSecond)
      this.#startsAt = now
      this.#paceMs = MILLISECONDS / phase.ratePerSecond
    }
    for (const connection of this.#connections) {
      connection.tally = this.#tally
      switch (phase.kind) {
        case 'introduction':
          connection.introduce()
          break
        case 'requests':
          connection.sendAtOnce(connection.shareOf(phase.count))
          break
        case 'closed':
          connection.sendAtOnce(Infinity)
          break
        case 'open':
          connection.sendOnSchedule(this.#turns, this.#startsAt, this.#paceMs)
      }
      connection.send(now)
    }
  }

  #timersOf(phase: Phase): NodeJS.Timeout[] {
    if (phase.kind === 'introduction' || phase.kind === 'requests') return []
    const stop = setTimeout(() => {
      this.#stop()
    }, phase.seconds * MILLISECONDS)
    const pace = setInterval(() => {
      this.#sendDue(performance.now())
    }, PACE_MS)
    return [stop, pace]
  }

  #replied(connection: LoadConnection, now: number): void {
    this.#tally.endedAt = now
    connection.send(now)
    this.#sendDue(now)
    if (connection.isIdle && this.#isDone) this.#wake()
  }

  /** In an open loop, has those lanes send whose turn has come. */
  #sendDue(now: number): void {
    while (this.#turn < this.#turns && this.#startsAt + this.#turn * this.#paceMs <= now) {
      this.#connections[this.#turn % this.#connections.length]?.send(now)
      this.#turn += 1
    }
  }

  /** The time is up: what is sent is still answered, and what was not is counted. */
  #stop(): void {
    this.#turns = 0
    for (const connection of this.#connections) {
      if (connection.allowed !== Infinity) this.#tally.unsent += connection.allowed
      connection.allowed = 0
    }
    this.#wake()
  }

  get #isDone(): boolean {
    return this.#connections.every((connection) => connection.isIdle && connection.allowed === 0)
  }

  async #until(isReached: () => boolean): Promise<void> {
    while (!this.#failure && !isReached()) await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#failure) throw this.#failure
  }

  #fail(error: PersonError): void {
    this.#failure ??= error
    this.#wake()
  }
}

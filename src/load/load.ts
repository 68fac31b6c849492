import { PersonError } from '../person-error.js'
import { Lane, type LaneEvents, type Target, type Traffic } from './lane.js'
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

/** How often it is seen to servers that do not answer: so many times in the time that they have. */
const STALL_CHECKS = 4

const MILLISECONDS = 1_000

/** Requests to some servers, through lanes that are spread evenly over them. */
export class Load {
  readonly #lanes: Lane[] = []
  readonly #timeoutMs: number
  readonly #clients: number
  #connecting: number
  #phase: Phase = { kind: 'introduction' }
  #tally: Tally = emptyTally()
  /** How many checks in a row have found these lanes waiting. */
  #stalls = new Map<Lane, number>()
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
    this.#timeoutMs = timeoutMs
    this.#clients = traffic.crowd.size
    this.#connecting = traffic.lanes
    const events: LaneEvents = {
      connected: () => {
        this.#connecting -= 1
        if (this.#connecting === 0) this.#wake()
      },
      replied: (lane, now) => {
        this.#replied(lane, now)
      },
      failed: (why) => {
        this.#fail(why)
      },
    }
    for (let index = 0; index < traffic.lanes; index += 1)
      this.#lanes.push(new Lane(targets[index % targets.length] as Target, index, traffic, events))
  }

  /** Resolves when all lanes are connected. Throws a PersonError when a server cannot be reached. */
  async connected(): Promise<void> {
    const timer = setTimeout(() => {
      this.#fail(`not all servers took a connection within ${this.#timeoutMs / MILLISECONDS} s`)
    }, this.#timeoutMs)
    try {
      await this.#until(() => this.#connecting === 0)
    } finally {
      clearTimeout(timer)
    }
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
    this.#fail('the load was stopped')
    for (const lane of this.#lanes) lane.destroy()
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
    for (const lane of this.#lanes) {
      lane.tally = this.#tally
      switch (phase.kind) {
        case 'introduction':
          lane.introduce()
          break
        case 'requests':
          lane.hurry(lane.shareOf(phase.count))
          break
        case 'closed':
          lane.hurry(Infinity)
          break
        case 'open':
          lane.keepPace(this.#turns, this.#startsAt, this.#paceMs)
      }
      lane.send(now)
    }
  }

  #timersOf(phase: Phase): NodeJS.Timeout[] {
    const timers = [
      setInterval(() => {
        this.#failIfStalled()
      }, this.#timeoutMs / STALL_CHECKS),
    ]
    if (phase.kind === 'introduction' || phase.kind === 'requests') return timers
    const stop = setTimeout(() => {
      this.#stop()
    }, phase.seconds * MILLISECONDS)
    const pace = setInterval(() => {
      this.#sendDue(performance.now())
    }, PACE_MS)
    return [...timers, stop, pace]
  }

  #replied(lane: Lane, now: number): void {
    this.#tally.endedAt = now
    lane.send(now)
    this.#sendDue(now)
    if (lane.isIdle && this.#isDone) this.#wake()
  }

  /** In an open loop, has those lanes send whose turn has come. */
  #sendDue(now: number): void {
    while (this.#turn < this.#turns && this.#startsAt + this.#turn * this.#paceMs <= now) {
      this.#lanes[this.#turn % this.#lanes.length]?.send(now)
      this.#turn += 1
    }
  }

  /** The time is up: what is sent is still answered, and what was not is counted. */
  #stop(): void {
    this.#turns = 0
    for (const lane of this.#lanes) {
      if (lane.allowed !== Infinity) this.#tally.unsent += lane.allowed
      lane.allowed = 0
    }
    this.#wake()
  }

  get #isDone(): boolean {
    return this.#lanes.every((lane) => lane.isIdle && lane.allowed === 0)
  }

  // By counting and not by the clock, because a program that got no turn itself for a while must not blame a server.
  #failIfStalled(): void {
    const stalled = this.#lanes.filter((lane) => lane.hasStalled)
    this.#stalls = new Map(stalled.map((lane) => [lane, (this.#stalls.get(lane) ?? 0) + 1]))
    for (const [{ name }, checks] of this.#stalls)
      if (checks >= STALL_CHECKS)
        this.#fail(`${name} gave no answer within ${this.#timeoutMs / MILLISECONDS} s`)
  }

  async #until(isReached: () => boolean): Promise<void> {
    while (!this.#failure && !isReached()) await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#failure) throw this.#failure
  }

  #fail(why: string): void {
    this.#failure ??= new PersonError(why)
    this.#wake()
  }
}

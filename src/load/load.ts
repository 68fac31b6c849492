import { PersonError } from '../person-error.js'
import {
  LoadConnection,
  type LoadConnectionEvents,
  type Target,
  type LoadTraffic,
} from './load-connection.js'
import { emptyServerResult, sumOf, type PhaseResult, type ServerResult } from './phase-result.js'

/** One phase of a load. */
export type LoadPhase =
  /** Each client reports for the first time. */
  | { readonly kind: 'introduction' }
  /** A number of requests, as fast as they are answered. */
  | { readonly kind: 'requests'; readonly count: number }
  /** A closed loop: for some seconds, as fast as requests are answered. */
  | { readonly kind: 'closed'; readonly seconds: number }
  /** An open loop: for some seconds at a fixed rate, whether or not earlier requests are answered. */
  | { readonly kind: 'open'; readonly seconds: number; readonly ratePerSecond: number }

/** How often due requests are sent, in addition to when replies arrive. Timers have no finer resolution. */
const PACE_MS = 1

const MILLISECONDS = 1_000

/**
 * Sends requests to servers over connections that are spread evenly over them. A connection that fails ends its share; the others go on
 * without it.
 */
export class Load {
  readonly #connections: LoadConnection[] = []
  readonly #clients: number
  #connecting: number
  #phase: LoadPhase = { kind: 'introduction' }
  #servers: readonly ServerResult[]
  #startedAt = 0
  #endedAt = 0
  #unsent = 0
  /** In an open loop: the number of the next request that is due, the number of all requests, the time of the first, and the interval. */
  #turn = 0
  #turns = 0
  #startsAt = 0
  #paceMs = 0
  #failure: PersonError | undefined
  /** Resumes `connected` or `run`. */
  #wake: () => void = () => undefined

  /** Starts to connect. */
  constructor(targets: readonly Target[], traffic: LoadTraffic, timeoutMs: number) {
    this.#servers = targets.map(({ name }) => emptyServerResult(name))
    this.#clients = traffic.clients.size
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
        this.#connectionFailed(error)
      },
    }
    for (let index = 0; index < traffic.connections; index += 1)
      this.#connections.push(
        new LoadConnection(targets[index % targets.length] as Target, index, traffic, { events, timeoutMs }),
      )
  }

  /** Resolves when all connections are ready. Throws a PersonError if a server cannot be reached. */
  async connected(): Promise<void> {
    await this.#until(() => this.#connecting === 0)
  }

  /** The progress of the phase, from 0 to 1. */
  get progress(): number {
    const reports = this.#servers.reduce((sum, server) => sum + server.reports, 0)
    const questions = this.#servers.reduce((sum, server) => sum + server.questions, 0)
    switch (this.#phase.kind) {
      case 'introduction':
        return reports / this.#clients
      case 'requests':
        return (reports + questions) / this.#phase.count
      case 'closed':
      case 'open':
        return Math.min(1, (performance.now() - this.#startedAt) / (this.#phase.seconds * MILLISECONDS))
    }
  }

  /** Runs a phase until all of its requests are answered. Throws a PersonError if all connections fail, or if `close` is called. */
  async run(phase: LoadPhase): Promise<PhaseResult> {
    this.#begin(phase)
    const timers = this.#timersOf(phase)
    try {
      await this.#until(() => this.#isDone)
    } finally {
      for (const timer of timers) clearTimeout(timer)
    }
    const [startedAt, endedAt] = [this.#startedAt, this.#endedAt]
    return { ...sumOf(this.#servers), unsent: this.#unsent, startedAt, endedAt, servers: this.#servers }
  }

  /** Closes all connections; a phase in progress fails. */
  close(): void {
    this.#fail(new PersonError('the load was stopped'))
    for (const connection of this.#connections) connection.destroy()
  }

  #begin(phase: LoadPhase): void {
    const now = performance.now()
    this.#phase = phase
    // A server that was lost in an earlier phase stays lost.
    this.#servers = this.#servers.map(({ server, lostConnections, fault }) => {
      return { ...emptyServerResult(server), lostConnections, fault }
    })
    this.#startedAt = now
    this.#endedAt = now
    this.#unsent = 0
    this.#turns = 0
    if (phase.kind === 'open') {
      this.#turn = 0
      this.#turns = Math.round(phase.seconds * phase.ratePerSecond)
      this.#startsAt = now
      this.#paceMs = MILLISECONDS / phase.ratePerSecond
    }
    for (const [index, connection] of this.#connections.entries()) {
      connection.result = this.#servers[index % this.#servers.length] as ServerResult
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

  #timersOf(phase: LoadPhase): NodeJS.Timeout[] {
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
    this.#endedAt = now
    connection.send(now)
    this.#sendDue(now)
    if (connection.isIdle && this.#isDone) this.#wake()
  }

  /** In an open loop, makes connections send the requests that are due. */
  #sendDue(now: number): void {
    while (this.#turn < this.#turns && this.#startsAt + this.#turn * this.#paceMs <= now) {
      this.#connections[this.#turn % this.#connections.length]?.send(now)
      this.#turn += 1
    }
  }

  /** The time is up: waits for replies to what was sent, and counts what was not. */
  #stop(): void {
    this.#turns = 0
    for (const connection of this.#connections) {
      if (connection.allowed !== Infinity) this.#unsent += connection.allowed
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

  #connectionFailed(error: PersonError): void {
    // A server that cannot be reached at all is a mistake of the user.
    if (this.#connecting > 0 || !this.#connections.some(({ isUsable }) => isUsable)) this.#fail(error)
    else this.#wake()
  }

  #fail(error: PersonError): void {
    this.#failure ??= error
    this.#wake()
  }
}

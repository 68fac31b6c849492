import type { Command } from '../protocol/command.js'
import { CLOCK, formatPing, formatPong, PONG } from '../protocol/greeting.js'
import type { Call } from './call.js'
import type { Calls } from './calls.js'
import { Heartbeat } from './heartbeat.js'
import type { LiveCall } from './options.js'

/** A link that is up: the call that carries it, and its heartbeats. Times are milliseconds. */
export class Live {
  readonly call: Call
  readonly #calls: Calls
  readonly #heartbeat: Heartbeat
  readonly #clockUs: () => number
  /** Whether the neighbour understands our clock in `PONG`. */
  #knowsClock = false

  /** `call` has just become live. `clockUs` is the clock of this server. */
  constructor(call: Call, calls: Calls, clockUs: () => number) {
    this.call = call
    this.#calls = calls
    this.#clockUs = clockUs
    this.#heartbeat = new Heartbeat(call.since)
  }

  /** The part that other modules need. */
  get summary(): LiveCall {
    const { roundTrip, clockOffset } = this.#heartbeat
    return {
      call: this.call.id,
      since: this.call.since,
      roundTripMs: roundTrip.meanMs,
      clockOffsetMs: clockOffset.ms,
    }
  }

  /** When a heartbeat is due. */
  get beatAt(): number {
    return this.#heartbeat.dueAt
  }

  /** Handles a line that concerns the link itself, and delivers it to the owner too. */
  control(command: Command, now: number): void {
    if (command.kind === 'ping' && command.token !== undefined)
      this.#calls.send(this.call, formatPong(command.token, this.#knowsClock ? this.#clockUs() : undefined))
    if (command.kind === 'pong') this.#measure(now - command.token, command.clock)
    if (command.kind === 'features') {
      this.#heartbeat.measures = command.words.has(PONG)
      this.#knowsClock = command.words.has(CLOCK)
      this.#calls.emit({ kind: 'features', words: command.words })
    }
    this.#calls.emit({ kind: 'deliver' })
  }

  /** The neighbour answered the greeting after `answerMs`. */
  greeted(answerMs: number): void {
    this.#heartbeat.roundTrip.guess(answerMs)
    this.#emitRoundTrip()
  }

  /** Sends a heartbeat when it is due, unless a backlog will do as one. Returns why the neighbour counts as dead, or undefined. */
  timePassed(now: number, heardAt: number, isBacklogged: boolean): string | undefined {
    const beat = this.#heartbeat.timePassed(now, heardAt)
    if (beat.kind === 'ping' && !isBacklogged) this.#calls.send(this.call, formatPing(beat.token))
    return beat.kind === 'dead' ? beat.why : undefined
  }

  #measure(roundTripMs: number, theirClock: number | undefined): void {
    const { roundTrip, clockOffset } = this.#heartbeat
    roundTrip.sample(roundTripMs)
    if (theirClock !== undefined) clockOffset.sample(roundTripMs, theirClock, this.#clockUs())
    this.#emitRoundTrip()
  }

  #emitRoundTrip(): void {
    this.#calls.emit({ kind: 'roundTrip', ms: this.#heartbeat.roundTrip.waitMs })
  }
}

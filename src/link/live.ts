import type { Command } from '../protocol/command.js'
import { formatPing, formatPong, PONG } from '../protocol/greeting.js'
import type { Call } from './call.js'
import type { Calls } from './calls.js'
import { Heartbeat } from './heartbeat.js'
import type { LiveCall } from './options.js'

/** A link that is up: the call that carries it, and its heartbeats. Times are milliseconds. */
export class Live {
  readonly call: Call
  readonly #calls: Calls
  readonly #heartbeat: Heartbeat

  /** `call` has just become live. */
  constructor(call: Call, calls: Calls) {
    this.call = call
    this.#calls = calls
    this.#heartbeat = new Heartbeat(call.since)
  }

  /** The part that other modules need. */
  get summary(): LiveCall {
    return { call: this.call.id, since: this.call.since }
  }

  /** When a heartbeat is due. */
  get beatAt(): number {
    return this.#heartbeat.dueAt
  }

  /** Handles a line that concerns the link itself, and delivers it to the owner too. */
  control(command: Command, now: number): void {
    if (command.kind === 'ping' && command.token !== undefined)
      this.#calls.send(this.call, formatPong(command.token))
    if (command.kind === 'pong') {
      this.#heartbeat.roundTrip.sample(now - command.token)
      this.#emitRoundTrip()
    }
    if (command.kind === 'features') {
      this.#heartbeat.measures = command.words.has(PONG)
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

  #emitRoundTrip(): void {
    this.#calls.emit({ kind: 'roundTrip', ms: this.#heartbeat.roundTrip.waitMs })
  }
}

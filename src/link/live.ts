import type { Command } from '../protocol/command.js'
import { formatPing, formatPong, PONG, type NeighbourKind } from '../protocol/greeting.js'
import type { Call } from './call.js'
import type { Calls } from './calls.js'
import { Heartbeat } from './heartbeat.js'
import type { LiveCall } from './options.js'

/** A link that is up: the call that carries it, what the neighbour understands, and whether it is alive. Times are milliseconds. */
export class Live {
  readonly call: Call
  readonly kind: NeighbourKind
  readonly #calls: Calls
  readonly #heartbeat: Heartbeat

  /** `call` has just become live. */
  constructor(call: Call, kind: NeighbourKind, calls: Calls) {
    this.call = call
    this.kind = kind
    this.#calls = calls
    this.#heartbeat = new Heartbeat(call.since)
  }

  /** What others may know of it. */
  get summary(): LiveCall {
    return { call: this.call.id, neighbour: this.kind, since: this.call.since }
  }

  /** When a sign of life is due. A classic neighbour neither gives nor expects any. */
  get beatAt(): number {
    return this.kind === 'proxyherd' ? this.#heartbeat.dueAt : Infinity
  }

  /** Takes in a line that is for the link itself; its owner is given it too. */
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

  /** The greeting was answered after so long. */
  greeted(answerMs: number): void {
    this.#heartbeat.roundTrip.guess(answerMs)
    this.#emitRoundTrip()
  }

  /** Sends a heartbeat when one is due, unless the backlog will serve as one. Gives why the neighbour is taken for dead, or undefined. */
  timePassed(now: number, heardAt: number, isBacklogged: boolean): string | undefined {
    if (this.kind === 'plain') return undefined
    const beat = this.#heartbeat.timePassed(now, heardAt)
    if (beat.kind === 'ping' && !isBacklogged) this.#calls.send(this.call, formatPing(beat.token))
    return beat.kind === 'dead' ? beat.why : undefined
  }

  #emitRoundTrip(): void {
    this.#calls.emit({ kind: 'roundTrip', ms: this.#heartbeat.roundTrip.waitMs })
  }
}

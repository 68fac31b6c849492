import type { Command } from '../protocol/command.js'
import { formatPing, formatPong, PONG, type NeighbourKind } from '../protocol/greeting.js'
import type { Call } from './call.js'
import type { Calls } from './calls.js'
import { Heartbeat } from './heartbeat.js'

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

  /** When a sign of life is due. A classic neighbour neither gives nor expects any. */
  get beatAt(): number {
    return this.kind === 'proxyherd' ? this.#heartbeat.dueAt : Infinity
  }

  /** Takes in a line that is for the link itself; its owner is given it too. */
  control(command: Command, now: number): void {
    if (command.kind === 'ping' && command.token !== undefined)
      this.#calls.send(this.call, formatPong(command.token))
    if (command.kind === 'pong') this.measured(now - command.token)
    if (command.kind === 'features') {
      this.#heartbeat.measures = command.words.has(PONG)
      this.#calls.emit({ kind: 'features', words: command.words })
    }
    this.#calls.emit({ kind: 'deliver' })
  }

  /** An answer has taken so long. */
  measured(roundTripMs: number): void {
    this.#heartbeat.roundTrip.sample(roundTripMs)
    this.#calls.emit({ kind: 'roundTrip', ms: this.#heartbeat.roundTrip.waitMs })
  }

  /** Time has passed: says that we are alive, if nothing else that is waiting to be sent does. Gives why the neighbour is taken for dead. */
  timePassed(now: number, heardAt: number, isBacklogged: boolean): string | undefined {
    if (this.kind === 'plain') return undefined
    const beat = this.#heartbeat.timePassed(now, heardAt)
    if (beat.kind === 'ping' && !isBacklogged) this.#calls.send(this.call, formatPing(beat.token))
    return beat.kind === 'dead' ? beat.why : undefined
  }
}

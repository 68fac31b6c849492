import { newCall, type Call, type Phase } from './call.js'
import type { CallId, LinkEffect } from './events.js'

/** The open calls of one link, and the effects that its owner has yet to carry out. */
export class Calls {
  readonly #calls = new Map<CallId, Call>()
  #last = 0
  #effects: LinkEffect[] = []

  /** The number of the next call. */
  nextId(): CallId {
    this.#last += 1
    return this.#last as CallId
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0
  }

  /** When the first call is due. */
  get dueAt(): number {
    let first = Infinity
    for (const { dueAt } of this.#calls.values()) first = Math.min(first, dueAt)
    return first
  }

  get(id: CallId): Call | undefined {
    return this.#calls.get(id)
  }

  /** The calls that are due, oldest first. */
  due(now: number): Call[] {
    return [...this.#calls.values()].filter(({ dueAt }) => dueAt <= now)
  }

  /** All calls that do not carry the link, oldest first. */
  others(by?: Call['by']): Call[] {
    return [...this.#calls.values()].filter(
      (call) => call.phase !== 'live' && (by === undefined || call.by === by),
    )
  }

  /** The oldest call in a phase. */
  inPhase(phase: Phase): Call | undefined {
    return this.others().find((call) => call.phase === phase)
  }

  /** Dials the neighbour. */
  dial(now: number): void {
    const call = newCall(this.nextId(), 'us', { phase: 'connecting' }, now)
    this.#calls.set(call.id, call)
    this.emit({ kind: 'dial', call: call.id })
  }

  /** Adds a call of the neighbour. */
  add(call: Call): void {
    this.#calls.set(call.id, call)
  }

  /** Removes a call that has ended. */
  delete(call: Call): void {
    this.#calls.delete(call.id)
  }

  /** Ends a call. */
  close(call: Call, how: 'flushed' | 'at once' = 'at once'): void {
    this.delete(call)
    this.emit({ kind: 'close', call: call.id, how })
  }

  send({ id }: Call, line: string): void {
    this.emit({ kind: 'send', call: id, line })
  }

  emit(effect: LinkEffect): void {
    this.#effects.push(effect)
  }

  /** Returns the effects since the last call of this. */
  takeEffects(): LinkEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }
}

import { newCall, type Call, type Phase } from './call.js'
import type { CallId, LinkEffect } from './events.js'

/** The connections of one link that are not over, and what is to be done about them. */
export class Calls {
  readonly #calls = new Map<CallId, Call>()
  #last = 0
  #effects: LinkEffect[] = []

  /** A number for a call that is about to be made. */
  nextId(): CallId {
    this.#last += 1
    return this.#last as CallId
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0
  }

  /** When the first of them is due. */
  get dueAt(): number {
    let first = Infinity
    for (const { dueAt } of this.#calls.values()) first = Math.min(first, dueAt)
    return first
  }

  get(id: CallId): Call | undefined {
    return this.#calls.get(id)
  }

  /** Those that are due, oldest first. */
  due(now: number): Call[] {
    return [...this.#calls.values()].filter(({ dueAt }) => dueAt <= now)
  }

  /** All that do not carry the link, oldest first. */
  others(by?: Call['by']): Call[] {
    return [...this.#calls.values()].filter(
      (call) => call.phase !== 'live' && (by === undefined || call.by === by),
    )
  }

  /** The first of them that is in a phase. */
  inPhase(phase: Phase): Call | undefined {
    return this.others().find((call) => call.phase === phase)
  }

  /** Dials the neighbour. */
  dial(greets: boolean, now: number): void {
    const call = newCall(this.nextId(), 'us', { phase: 'connecting', greets }, now)
    this.#calls.set(call.id, call)
    this.emit({ kind: 'dial', call: call.id })
  }

  /** Takes in a call of the neighbour. */
  add(call: Call): void {
    this.#calls.set(call.id, call)
  }

  /** A call is over. */
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

  /** What is to be done since this was last asked. */
  takeEffects(): LinkEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }
}

import { toText } from '../protocol/bytes.js'
import type { Header } from './envelope.js'

/**
 * Carriers send heartbeats, so a run that was silent for longer has ended, or has been out of reach. If messages of it were missed meanwhile, any
 * part of the stream may have been.
 */
export const MAX_SILENCE_MS = 60_000

/** As many runs of carriers are remembered, the latest. More than a herd has; a message of a forgotten run costs reading the stream. */
const MAX_RUNS = 4_096

/**
 * Finds out whether live messages were missed. A broker delivers the messages of one connection in order, so a run whose numbers have a gap has
 * sent a message that did not arrive here.
 */
export class ReceivedNumbers {
  readonly #runs = new Map<string, { readonly number: number; readonly at: number }>()
  #connectedAt = 0

  /** The connection is made. Earlier messages than the first that arrives of a run are missing, unless that has number 1. */
  connected(now: number): void {
    this.#runs.clear()
    this.#connectedAt = now
  }

  /**
   * Notes that a message has arrived. Returns undefined if none before it is missing; otherwise, for how long nothing of the run was received,
   * in milliseconds.
   */
  receive(carrier: string, { start, number }: Header, now: number): number | undefined {
    const name = `${carrier} ${toText(start)}`
    const run = this.#runs.get(name)
    const last = run?.number ?? 0
    // The run that was silent for longest comes first.
    this.#runs.delete(name)
    this.#runs.set(name, { number: Math.max(last, number), at: now })
    const [oldest] = this.#runs.keys()
    if (this.#runs.size > MAX_RUNS) this.#runs.delete(oldest as string)
    return number > last + 1 ? now - (run?.at ?? this.#connectedAt) : undefined
  }

  /** Forgets the runs that have been silent for too long. Returns whether there were any: their last messages may have been missed. */
  forgetSilent(now: number): boolean {
    const before = this.#runs.size
    for (const [name, { at }] of this.#runs) {
      if (now < at + MAX_SILENCE_MS) break
      this.#runs.delete(name)
    }
    return this.#runs.size < before
  }
}

import { toText } from '../protocol/bytes.js'
import type { Header } from './envelope.js'

/** As many runs of carriers as are remembered. More than a herd has at a time; a forgotten run only starts anew. */
const MAX_RUNS = 1_024

/**
 * Finds out whether live messages were missed. A broker delivers the messages of one connection in order, so a run whose numbers have a gap has
 * sent a message that did not arrive here.
 */
export class ReceivedNumbers {
  readonly #last = new Map<string, number>()

  /** Notes that a message has arrived; returns whether any before it is missing. */
  receive(carrier: string, { start, number }: Header): boolean {
    const run = `${carrier} ${toText(start)}`
    const last = this.#last.get(run)
    if (last !== undefined && number <= last) return false
    this.#last.set(run, number)
    const [oldest] = this.#last.keys()
    if (this.#last.size > MAX_RUNS) this.#last.delete(oldest as string)
    return last !== undefined && number > last + 1
  }

  /** Forgets all runs: what was sent while nothing could be received is found out by other means. */
  clear(): void {
    this.#last.clear()
  }
}

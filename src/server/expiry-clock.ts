import { cutoffAt } from '../flood/cutoff.js'
import type { Expiry } from '../flood/expiry.js'
import { instantOf } from '../protocol/time.js'
import type { ServerOptions } from './server-options.js'

/** How often the clock is read while nothing happens: the shortest step. */
export const READ_CLOCK_MS = 1_000

export interface ExpiryClockParts {
  readonly options: Pick<ServerOptions, 'clock' | 'expireSeconds' | 'tick'>
  readonly expiry: Pick<Expiry, 'cutoff' | 'moveCutoff'>
}

/** Moves the cutoff of a server with its clock, also backwards. Does nothing if the server keeps all reports. */
export class ExpiryClock {
  readonly #parts: ExpiryClockParts
  readonly #timer: NodeJS.Timeout | undefined

  constructor(parts: ExpiryClockParts) {
    this.#parts = parts
    const { expireSeconds, tick } = parts.options
    if (expireSeconds === undefined) return
    // All servers of the process move their cutoffs in the same tick.
    this.#timer = setInterval(() => {
      tick.due()
    }, READ_CLOCK_MS).unref()
    this.update()
  }

  /** Reads the clock. Called in each tick. */
  update(): void {
    const { options, expiry } = this.#parts
    const { clock, expireSeconds } = options
    if (expireSeconds === undefined) return
    const cutoff = cutoffAt(instantOf(clock()).seconds, expireSeconds)
    if (cutoff.cutoff !== expiry.cutoff.cutoff) expiry.moveCutoff(cutoff)
  }

  /** The server has stopped. */
  stop(): void {
    clearInterval(this.#timer)
  }
}

import type { Log } from '../log/log.js'
import { FULL } from './connection-guard.js'

/** Logs the start and the end of a client's connection once each: as connected and closed, or as refused. */
export class ConnectionLog {
  readonly #log: Log
  readonly #who: string
  readonly #isQuiet: boolean
  #state: 'new' | 'connected' | 'refused' = 'new'

  /** A quiet connection is logged only if it is served. */
  constructor(log: Log, who: string, isQuiet = false) {
    this.#log = log
    this.#who = who
    this.#isQuiet = isQuiet
  }

  /** The connection is served. */
  connected(): void {
    if (this.#state !== 'new') return
    this.#state = 'connected'
    this.#log.write({ kind: 'client', what: 'connected', who: this.#who })
  }

  /** The connection is not served, or no longer, and will close. */
  refused(why: string): void {
    this.#state = 'refused'
    this.#log.write({ kind: 'client', what: 'refused', who: this.#who, why })
  }

  /** The connection has closed. `why` is the reason in words if it broke. A connection that was never served held only a reserve slot. */
  closed(why: string | undefined): void {
    if (this.#state === 'new' && !this.#isQuiet) this.refused(why ?? FULL)
    else if (this.#state === 'connected')
      this.#log.write({ kind: 'client', what: 'closed', who: this.#who, ...(why !== undefined && { why }) })
  }
}

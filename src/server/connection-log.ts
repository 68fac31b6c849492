import type { Log } from '../log/log.js'

/** Logs the start and the end of a client's connection once each, as connected and closed, or as refused; nothing if it was not served. */
export class ConnectionLog {
  readonly #log: Log
  readonly #who: string
  #state: 'new' | 'connected' | 'refused' = 'new'

  constructor(log: Log, who: string) {
    this.#log = log
    this.#who = who
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

  /** The connection has closed. `why` is the reason in words if it broke. */
  closed(why: string | undefined): void {
    if (this.#state === 'connected')
      this.#log.write({ kind: 'client', what: 'closed', who: this.#who, ...(why !== undefined && { why }) })
  }
}

import type { Log } from '../log/log.js'
import { FULL } from './door.js'

/** Logs how a connection of a client begins and how it ends, each once: as connected and closed, or as refused. */
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

  /** The connection is not served, or not any more, and will close. */
  refused(why: string): void {
    this.#state = 'refused'
    this.#log.write({ kind: 'client', what: 'refused', who: this.#who, why })
  }

  /** The connection has closed; `why` says so in words if it broke. One that was never served had only a slot in the reserve. */
  closed(why: string | undefined): void {
    if (this.#state === 'new') this.refused(why ?? FULL)
    else if (this.#state === 'connected')
      this.#log.write({ kind: 'client', what: 'closed', who: this.#who, ...(why !== undefined && { why }) })
  }
}

import type { Log } from '../log/log.js'

/** A connection that has sent nothing for so long is logged. Before, it is not known whether it is one of `herd status`. */
export const FIRST_LINE_MS = 100

/**
 * Logs the start and the end of a client's connection once each, as connected and closed, or as refused; nothing if it was not served. Both
 * entries of a connection that asks for `STATUS` first are marked, so that `logs` can leave them out.
 */
export class ConnectionLog {
  readonly #log: Log
  readonly #who: string
  #state: 'new' | 'connected' | 'refused' = 'new'
  #isForStatus = false
  #silence: NodeJS.Timeout | undefined

  constructor(log: Log, who: string) {
    this.#log = log
    this.#who = who
  }

  /** The connection is served, and will be logged with its first line, or if none comes soon. */
  accepted(): void {
    this.#silence = setTimeout(() => {
      this.connected(false)
    }, FIRST_LINE_MS).unref()
  }

  /** The connection is served. `isForStatus` says whether its first line asks for `STATUS`. */
  connected(isForStatus: boolean): void {
    if (this.#state !== 'new') return
    this.#isForStatus = isForStatus
    this.#enter('connected')
    this.#log.write({ kind: 'client', what: 'connected', who: this.#who, ...this.#mark })
  }

  /** The connection is not served, or no longer, and will close. */
  refused(why: string): void {
    this.#enter('refused')
    this.#log.write({ kind: 'client', what: 'refused', who: this.#who, why })
  }

  /** The connection has closed. `why` is the reason in words if it broke. */
  closed(why: string | undefined): void {
    // It was accepted, and has closed without a line.
    if (this.#silence) this.connected(false)
    if (this.#state !== 'connected') return
    this.#log.write({
      kind: 'client',
      what: 'closed',
      who: this.#who,
      ...(why !== undefined && { why }),
      ...this.#mark,
    })
  }

  #enter(state: 'connected' | 'refused'): void {
    this.#state = state
    clearTimeout(this.#silence)
    this.#silence = undefined
  }

  get #mark(): { readonly isForStatus?: true } {
    return this.#isForStatus ? { isForStatus: true } : {}
  }
}

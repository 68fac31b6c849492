import type { Flood } from '../flood/flood.js'
import type { ServerStatus } from '../protocol/status.js'
import type { ClientAdmission } from './client-admission.js'
import type { ConnectionGuard } from './connection-guard.js'
import type { Links } from './links.js'
import type { ReportStore, ServerOptions } from './server-options.js'
import { isoOf, millisecondsOf, secondsOf } from './status.js'
import { StoreHealth } from './store-health.js'

export interface StatusReaderParts {
  readonly options: ServerOptions
  readonly flood: Flood
  readonly links: Links
  readonly admission: ClientAdmission
  readonly guard: ConnectionGuard
  /** What the clock showed at the start, in nanoseconds. */
  readonly startedAt: bigint
  /** The store, once it is open. */
  readonly store: () => ReportStore | undefined
}

/** Reads how a server stands. It is made when the server starts. */
export class StatusReader {
  readonly #parts: StatusReaderParts
  readonly #health: StoreHealth
  /** When the server started, on a clock that is never set, in milliseconds. */
  readonly #upSince = performance.now()

  constructor(parts: StatusReaderParts) {
    this.#parts = parts
    this.#health = new StoreHealth(parts.options.commitsFirst)
  }

  /** The status that `STATUS` reports. The digest needs nearly all reports to be hashed. */
  status(): ServerStatus {
    const { options, flood, admission, guard, startedAt, store } = this.#parts
    const { name: server, version, clock } = options
    const links = this.#parts.links.statuses(millisecondsOf(clock()))
    return {
      server,
      version,
      startedAt: isoOf(millisecondsOf(startedAt)),
      uptimeSeconds: secondsOf(performance.now() - this.#upSince),
      clients: flood.size,
      digest: flood.digest,
      links,
      store: this.#health.status(store(), links),
      memory: admission.status,
      plainRefused: guard.plainRefused,
    }
  }
}

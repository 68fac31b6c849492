import type { Expiry } from '../flood/expiry.js'
import type { Flood } from '../flood/flood.js'
import type { ExpiryStatus, ServerStatus } from '../protocol/status.js'
import { NANOSECONDS_PER_MICROSECOND } from '../protocol/time.js'
import { AheadCount } from './ahead-count.js'
import type { Answers } from './answers.js'
import type { ClientAdmission } from './client-admission.js'
import type { ClientRequests } from './client-requests.js'
import type { ConnectionGuard } from './connection-guard.js'
import { Convergence } from './convergence.js'
import type { Links } from './links.js'
import type { NearQueries } from './near-queries.js'
import type { LinkFigures, ServerFigures } from './server-figures.js'
import type { ReportStore, ServerOptions } from './server-options.js'
import { isoOf, millisecondsOf, secondsOf } from './status.js'
import { StoreHealth } from './store-health.js'

export interface StatusReaderParts {
  readonly options: ServerOptions
  readonly flood: Flood
  readonly links: Links
  readonly near: Pick<NearQueries, 'unapplied'>
  readonly admission: ClientAdmission
  readonly guard: ConnectionGuard
  /** What the clock showed at the start, in nanoseconds. */
  readonly startedAt: bigint
  /** The store, once it is open. */
  readonly store: () => ReportStore | undefined
  /** How many accepted connections are open. */
  readonly connections: () => number
}

/** Reads how a server stands. It is made when the server starts. */
export class StatusReader {
  readonly #parts: StatusReaderParts
  readonly #health: StoreHealth
  /** When the server started, on a clock that is never set, in milliseconds. */
  readonly #upSince = performance.now()
  /** Made when somebody reads figures, so that it costs the reports of other servers nothing. */
  #convergence: Convergence | undefined
  #ahead: AheadCount | undefined

  constructor(parts: StatusReaderParts) {
    this.#parts = parts
    this.#health = new StoreHealth(parts.options.commitsFirst)
  }

  /** The status that `STATUS` reports. The digest needs nearly all reports to be hashed. */
  status(): ServerStatus {
    const { options, flood, admission, guard, startedAt, store } = this.#parts
    const { name: server, version, clock } = options
    const links = this.#parts.links.statuses(millisecondsOf(clock()))
    // First, since it drops what has expired.
    const { digest } = flood
    return {
      server,
      version,
      startedAt: isoOf(millisecondsOf(startedAt)),
      uptimeSeconds: secondsOf(performance.now() - this.#upSince),
      clients: flood.size,
      digest,
      links,
      store: this.#health.status(store(), links),
      memory: admission.status,
      plainRefused: guard.plainRefused,
      expiry: expiryStatus(options.expireSeconds, flood.expiry),
    }
  }

  /** What metrics show. They need no digest. */
  figures(
    requests: Pick<ClientRequests, 'counts' | 'lookUps' | 'findAhead' | 'watches'>,
    { refusedLines }: Pick<Answers, 'refusedLines'>,
  ): ServerFigures {
    const { options, flood, near, admission, startedAt, connections } = this.#parts
    const links = this.#parts.links.figures(millisecondsOf(options.clock()))
    const store = this.#parts.store()
    const { counts, lookUps, watches } = requests
    this.#ahead ??= new AheadCount((query, take) => requests.findAhead(query, take))
    return {
      server: options.name,
      version: options.version,
      startedSeconds: secondsOf(millisecondsOf(startedAt)),
      clients: flood.size,
      clientsAhead: this.#ahead.read(),
      tombstones: flood.tombstones,
      connections: connections(),
      reports: counts,
      expired: flood.expiry.dropped,
      refusedLines,
      memory: admission.status,
      links,
      convergence: this.#measured(links).seconds,
      pending: { journal: store?.status.unsaved ?? 0, near: near.unapplied, watch: watches.unread },
      journal: store && { ...store.figures, hasFault: store.status.fault !== undefined },
      lookUps: { count: lookUps.count, calls: lookUps.calls.all },
    }
  }

  /** Called once per tick. */
  tickEnded(): void {
    this.#convergence?.tickEnded()
  }

  /** The server has stopped. */
  close(): void {
    this.#convergence?.close()
    if (this.#ahead) this.#parts.options.places.forget(this.#ahead)
  }

  #measured(links: readonly LinkFigures[]): Convergence {
    const { flood, options } = this.#parts
    this.#convergence ??= new Convergence(flood, () => Number(options.clock() / NANOSECONDS_PER_MICROSECOND))
    this.#convergence.clockOffsetsMs = new Map(links.flatMap(({ status }) => offsetIn(status)))
    return this.#convergence
  }
}

function offsetIn(link: LinkFigures['status']): [neighbour: string, ms: number][] {
  const ms = link.state === 'up' ? link.clockOffsetMs : undefined
  return ms === undefined ? [] : [[link.neighbour, ms]]
}

function expiryStatus(
  expireSeconds: number | undefined,
  { cutoff: { cutoff, step }, dropped, refused }: Expiry,
): ExpiryStatus | undefined {
  return expireSeconds === undefined ? undefined : { expireSeconds, cutoff, step, dropped, refused }
}

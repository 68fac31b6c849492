import type { Histogram } from '../histogram.js'
import type { LinkStatus, MemoryStatus } from '../protocol/status.js'
import type { StoreFigures } from '../store/store-options.js'
import type { CallTime } from './call-times.js'
import type { ClientRequests } from './client-requests.js'
import type { LinkCounts } from './link-counts.js'

/** How a link stands, and what it has carried, if that is counted. */
export interface LinkFigures {
  readonly status: LinkStatus
  readonly counts: LinkCounts | undefined
}

/** What a server has done so far, and how it stands: what metrics show. Nothing in it takes longer with more clients. */
export interface ServerFigures {
  readonly server: string
  readonly version: string
  /** When it started, in seconds since 1970. */
  readonly startedSeconds: number
  readonly clients: number
  /** Those whose time is ahead of the server's clock; undefined before they are counted. */
  readonly clientsAhead: number | undefined
  readonly tombstones: number
  /** How many connections it has accepted that are open. */
  readonly connections: number
  /** The reports of its own clients, by what became of them. */
  readonly reports: ClientRequests['counts']
  /** How many clients were dropped because their reports had expired. */
  readonly expired: number
  readonly refusedLines: number
  readonly memory: MemoryStatus
  readonly links: readonly LinkFigures[]
  /** How long reports of other servers were under way, in seconds, since the figures were first read. */
  readonly convergence: Histogram
  /** Of how many clients reports are still to be read by each follower that is no neighbour. */
  readonly pending: { readonly journal: number; readonly near: number; readonly watch: number }
  /** Undefined if reports are in memory only. */
  readonly journal: (StoreFigures & { readonly hasFault: boolean }) | undefined
  readonly lookUps: { readonly count: number; readonly calls: readonly CallTime[] }
}

import type { EngineLink } from '../engine/engine-link.js'
import type { EngineParts } from '../engine/open-engine.js'
import type { Log } from '../log/log.js'
import type { Memory } from '../memory/memory.js'
import type { Security } from '../net/acceptor.js'
import type { SlotLimits } from '../net/connection-slots.js'
import type { Address } from '../net/dial.js'
import type { Certificate } from '../net/tls.js'
import type { Places } from '../places/places.js'
import type { Store } from '../store/store.js'
import type { StoredReports } from '../store/store-options.js'
import type { Authorization } from './authorization.js'
import type { ClientRequests } from './client-requests.js'
import type { Clock } from './clock.js'
import type { MemoryBudget } from './memory-budget.js'
import type { SliceScheduler } from './slice-scheduler.js'
import type { Tick } from './tick.js'

/** A change of a link's state, seen from one of its ends. */
export interface LinkNews {
  readonly server: string
  readonly neighbour: string
  /** A link that flaps is lost and up again and again. There is no other news of it until it has settled. */
  readonly what: 'up' | 'lost' | 'unreachable' | 'flapping'
  /** The reason in words. For a link that came up: what is wrong with it, or nothing. */
  readonly why: string
}

/** The part of a store that a server uses. */
export type ReportStore = Pick<Store, 'flush' | 'committed' | 'close' | 'status' | 'figures'>

/** What listens for the HTTP requests to a server. */
export interface HttpListener {
  /** Where it listens. */
  readonly addresses: readonly Address[]
  /** Accepts nothing more, answers what has arrived, and closes all connections, after the timeout at the latest. */
  stop(timeoutMs: number): Promise<void>
  /** Presents this certificate to clients from now on. */
  renewCertificate(certificate: Certificate): void
}

/** What the servers of one process share. */
export interface Shared {
  readonly memory: Memory
  readonly tick: Tick
  readonly scheduler: SliceScheduler
  readonly budget: MemoryBudget
}

export interface ServerOptions extends Shared {
  readonly name: string
  /** The version of the program. */
  readonly version: string
  /** The fingerprint of the topology. */
  readonly herd: string
  /** The names of all servers of the herd. */
  readonly servers: ReadonlySet<string>
  readonly log: Log
  readonly places: Places
  readonly clock: Clock
  /** Returns a number from 0 to 1, which spreads the times at which servers dial. */
  readonly random: () => number
  /** How far ahead of the server's clock a client's time may be, in seconds; 0 allows any. */
  readonly maxFutureSeconds: number
  /** For how long reports are kept, by their own times, in seconds; undefined keeps them for ever. */
  readonly expireSeconds?: number | undefined
  readonly onLink: (news: LinkNews) => void
  /** Reports what has failed, in words, and logs it. The server goes on. */
  readonly onFault: (why: string) => void
  /** The hosts of the neighbours, by name. Without herd keys, only these may speak as servers; undefined allows any. */
  readonly neighbourHosts: ReadonlyMap<string, string> | undefined
  /** With herd keys, only servers that have one may link or send AT. With a certificate, clients may use TLS. */
  readonly security?: Security
  /** Which clients may do what, by their tokens. Without it, all may do everything. */
  readonly authorization?: Authorization | undefined
  /** The limits on connections; the defaults are in `limits.ts`. */
  readonly slots?: SlotLimits
  /** Makes the link to an engine, if the server is a carrier. */
  readonly engine?: ((parts: EngineParts) => EngineLink) | undefined
  /** Loads the stored reports and opens the store. Without it, reports are in memory only. */
  readonly openStore?: ((reports: StoredReports) => Promise<ReportStore>) | undefined
  /** Whether a client gets its reply only after its report is safe on disk. */
  readonly commitsFirst?: boolean
  /** Listens for HTTP. Resolves to undefined if the server does without it. */
  readonly listenHttp?: ((requests: ClientRequests) => Promise<HttpListener | undefined>) | undefined
}

import type { Log } from '../log/log.js'
import type { Memory } from '../memory/memory.js'
import type { Security } from '../net/acceptor.js'
import type { SlotLimits } from '../net/connection-slots.js'
import type { Places } from '../places/places.js'
import type { Store, StoredReports } from '../store/store.js'
import type { Clock } from './clock.js'
import type { Slices } from './slices.js'
import type { Tick } from './tick.js'

/** What became of a link, seen from one of its ends. */
export interface LinkNews {
  readonly server: string
  readonly neighbour: string
  readonly what: 'up' | 'lost' | 'unreachable'
  /** In words; of a link that came up, what is not as it should be, or nothing. */
  readonly why: string
}

/** What keeps reports on disk. */
export type ReportStore = Pick<Store, 'flush' | 'committed' | 'close'>

/** What the servers of one process share. */
export interface Shared {
  readonly memory: Memory
  readonly tick: Tick
  readonly slices: Slices
}

export interface ServerOptions extends Shared {
  readonly name: string
  /** Of the program. */
  readonly version: string
  /** The fingerprint of its topology. */
  readonly herd: string
  readonly log: Log
  readonly places: Places
  readonly clock: Clock
  /** 0 to 1, to spread the dialling of servers. */
  readonly random: () => number
  /** How far ahead of the server's clock a client's time may be, in seconds; 0 for any. */
  readonly maxFutureSeconds: number
  readonly onLink: (news: LinkNews) => void
  /** The hosts of its neighbours, by name. Without herd keys, only connections from these may speak as servers; undefined for any. */
  readonly neighbourHosts: ReadonlyMap<string, string> | undefined
  /** With herd keys, only servers that have one may link or say AT; with a certificate, clients may use TLS. */
  readonly security?: Security
  /** How many connections it holds; by default as `limits.ts` says. */
  readonly slots?: SlotLimits
  /** Opens what keeps reports on disk, after it has given all that it has kept; without it, they are in memory only. */
  readonly openStore?: ((reports: StoredReports) => Promise<ReportStore>) | undefined
  /** Whether a client is answered only when its report is safe on disk. */
  readonly commitsFirst?: boolean
}

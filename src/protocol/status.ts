/** The command that asks a server for its status. Two words, so that it is not a command of another herd program. */
export const STATUS_REQUEST = 'STATUS proxyherd'

/** The most clients that a status may name: enough to show what another server lacks, and few enough for one reply. */
export const MAX_SAMPLE = 100

/** The status of a server; times are ISO 8601 in UTC. */
export interface ServerStatus {
  readonly server: string
  /** The version of the program. */
  readonly version: string
  /** What its clock showed at the start. The clock may have been set since, so this plus the uptime is not the time of the status. */
  readonly startedAt: string
  readonly uptimeSeconds: number
  /** The number of clients in its table. */
  readonly clients: number
  /** The digest of its table, 16 hexadecimal digits: equal for equal tables. */
  readonly digest: string
  readonly links: readonly LinkStatus[]
  readonly store: StoreStatus
  readonly memory: MemoryStatus
  /** How many connections without TLS were refused, if only TLS is accepted. */
  readonly plainRefused?: number | undefined
  /** Which reports are too old to be kept, if any are. */
  readonly expiry?: ExpiryStatus | undefined
  /** The newest reports of some clients as `AT` lines in latin1, if the request asks for them. */
  readonly sample?: readonly string[] | undefined
}

/** The memory for reports, which the servers of a process share. */
export interface MemoryStatus {
  /** The bytes of records, of what is needed to find them, and of queues to neighbours. At `maxBytes` or more it is full. */
  readonly bytes: number
  readonly maxBytes: number
  /** How many reports of new clients the server has refused, because its memory or that of a neighbour was full. */
  readonly refused: number
  /** How many clients are forgotten and have not reported since: what is kept of each counts, too. */
  readonly tombstones: number
}

/** Which reports a server does not keep. */
export interface ExpiryStatus {
  /** For how long it keeps them. */
  readonly expireSeconds: number
  /** Those whose times, in seconds since 1970, are before this have expired, and are not in the digest. It moves in steps of `step` seconds. */
  readonly cutoff: number
  readonly step: number
  /** Of how many clients it has dropped the report; and how many reports it has not taken in since they had expired when they came. */
  readonly dropped: number
  readonly refused: number
}

/** How the reports of a server are kept. */
export interface StoreStatus {
  /** When a report is on disk: within a second, or before its client is answered; `memory` while none can be saved. */
  readonly durability: 'memory' | 'second' | 'commit'
  /** How many clients have reports that are not written yet. */
  readonly unsaved: number
  /** Why none can be saved, if they should be. */
  readonly fault?: string
  /** How many reports were damaged on disk, as far as can be seen, until a neighbour has had an equal table since. */
  readonly lost: number
}

/** The status of a link, seen from one of its ends. */
export type LinkStatus =
  | {
      readonly neighbour: string
      readonly state: 'down'
      /** Of an engine: what is wrong. */
      readonly fault?: string | undefined
    }
  | {
      readonly neighbour: string
      readonly state: 'up'
      /** Whether the neighbour is proxyherd, a classic server, or an engine. */
      readonly kind: 'proxyherd' | 'plain' | 'engine'
      readonly upSince: string
      /** By a clock that is never set, unlike `upSince`. */
      readonly upSeconds: number
      readonly lastHeardSecondsAgo: number
      /** How many clients have reports that are not yet sent to the neighbour. */
      readonly pending: number
      /** The bytes that its connection has carried; within TLS, if it uses TLS. */
      readonly sentBytes: number
      readonly receivedBytes: number
      /** The last comparison of digests with the neighbour; null if there was none. Both tables may have changed since. */
      readonly lastComparison: LastComparison | null
      /** Of a proxyherd server over the network, once they are measured: the mean round trip, and by how much its clock is ahead of ours. */
      readonly roundTripMs?: number | undefined
      readonly clockOffsetMs?: number | undefined
      /**
       * If the server or the neighbour lets reports expire: the cutoff of the neighbour as it last said, 0 if it has none, and whether the two differ
       * by more than a step, or just one has one.
       */
      readonly expiry?: LinkExpiry | undefined
      /** Of a classic server: the name of its dialect, or `unknown`, and how many lines of it could not be read. */
      readonly dialect?: string | undefined
      readonly unreadLines?: number | undefined
      /** Of an engine: what is wrong, if anything is. */
      readonly fault?: string | undefined
    }

/** What a server knows of the cutoff of a neighbour; see `ExpiryStatus`. */
export interface LinkExpiry {
  readonly cutoff: number
  readonly step: number
  readonly differs: boolean
}

/** A comparison of the digests of two servers. */
export interface LastComparison {
  readonly secondsAgo: number
  readonly equal: boolean
}

/** Formats a request for the status of a server, and for the newest reports of so many clients. */
export function formatStatusRequest(sample = 0): string {
  return sample > 0 ? `${STATUS_REQUEST} ${sample}` : STATUS_REQUEST
}

/** Formats the status of a server as a line, without line end. */
export function formatStatus(status: ServerStatus): string {
  return `STATUS ${JSON.stringify(status)}`
}

import type { FollowPolicy } from '../flood/follow-policy.js'
import type { Follower } from '../flood/follower.js'
import type { Histogram } from '../histogram.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { ReportLine } from '../protocol/report.js'
import type { Disk } from './disk.js'
import type { LoadedReports } from './load-journal.js'

/** The reports of a server, as far as its store is concerned. */
export interface StoredReports extends LoadedReports {
  /** Of how many clients there are reports. */
  readonly size: number
  /** Follows what changes. */
  follow(policy: FollowPolicy): Follower
  /** The line of the newest report of a client, valid until the next is received. */
  lineOf(client: ClientNumber): ReportLine
}

export interface StoreOptions {
  /** `…/data/Clark`; it is made if need be. */
  readonly folder: string
  /** The server's name. */
  readonly server: string
  readonly reports: StoredReports
  /** Called with a description of what was lost, or why reports cannot be written: once per reason, until a write has succeeded again. */
  readonly onFault: (words: string) => void
  /** Called with a message when all reports are on disk again. */
  readonly onRecovery: (words: string) => void
  /** Called before reports are read from the disk at the start, with the size of the files in bytes. */
  readonly onStart?: ((bytes: number) => void) | undefined
  /** Ends the loading at the start. */
  readonly signal?: AbortSignal | undefined
  /** How long reports from other servers of this program wait; 0 writes them like any other. */
  readonly deferMs?: number
  readonly disk?: Disk
}

/** How safe the reports of a store are. */
export interface StoreStatus {
  /** How many clients have reports that are not written yet. */
  readonly unsaved: number
  /** Why reports cannot be written, in words; undefined if they can. */
  readonly fault: string | undefined
  /** How many reports were damaged or missing at the start, as far as can be seen. */
  readonly lost: number
}

/** What a store has done. */
export interface StoreFigures {
  /** How many bytes its files have. */
  readonly bytes: number
  /** How long commits have taken, in seconds. */
  readonly commitSeconds: Histogram
  /** How many commits have failed. */
  readonly failedCommits: number
}

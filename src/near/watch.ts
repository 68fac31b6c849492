import type { Removal } from '../flood/follow-policy.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { GeoPoint } from '../protocol/position.js'
import type { Area } from './area.js'

/** What a client does at an area. It crosses if it was and is outside and the way between meets the area. */
export const TRANSITIONS = ['enter', 'exit', 'inside', 'cross'] as const
export type Transition = (typeof TRANSITIONS)[number]

/** What is watched: some clients by ID; an area; or the circle around a client, which moves with it. IDs are latin1 text. */
export type WatchTarget =
  | { readonly kind: 'clients'; readonly ids: readonly string[] }
  | { readonly kind: 'area'; readonly area: Area }
  | { readonly kind: 'around'; readonly id: string; readonly radiusM: number }

/** What a watcher wants to know. */
export interface Watch {
  readonly target: WatchTarget
  /** What it is sent of an area. */
  readonly detect: ReadonlySet<Transition>
  /** Whether it is also sent reports that have lost to a newer one here, or are replaced before they are sent. */
  readonly hasSuperseded?: boolean
  /** Whether the watcher may read reports of a client; by default all. */
  readonly mayRead?: (id: string) => boolean
  /** The position in the stream of changes after which it goes on, if that is still known. */
  readonly after?: number | undefined
}

/** A change that watchers may be sent: a client has reported, or is gone. */
export interface Change {
  /** Its position in the stream of changes. */
  readonly position: number
  readonly client: ClientNumber
  readonly id: string
  /** The `AT` line of the client's newest report, as latin1 text: that is several times cheaper to keep than small arrays of bytes. */
  readonly line: string
  /** Where it was before, if it was anywhere, and where it is or was last. */
  readonly from: GeoPoint | undefined
  readonly to: GeoPoint
  readonly removal: Removal | undefined
  /** Whether the report has lost to a newer one when it came. */
  readonly isSuperseded: boolean
}

/**
 * What a watcher is sent. `reset` says that what follows does not continue what it has been sent before: first come the newest reports of all
 * clients that match, as `report`, and then what changes.
 */
export interface WatchEvent {
  readonly kind: 'reset' | 'report' | Transition | Removal | 'superseded'
  /** The `AT` line of the report, as latin1 text; none for `reset`. */
  readonly line: string | undefined
  /** The distance from the centre or from the box, if an area is watched and it is known where. */
  readonly distanceM: number | undefined
  /** How many reports were left out before it because the watcher was slow. */
  readonly skipped: number
  /** The watcher has now been sent everything up to this position; undefined while the first reports are not complete. */
  readonly position: number | undefined
}

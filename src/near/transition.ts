import type { Removal } from '../flood/follow-policy.js'
import type { GeoPoint } from '../protocol/position.js'
import { contains, meets, type Area } from './area.js'
import { segmentBetween } from './segment.js'
import type { Change, Transition, Watch } from './watch.js'

/** What a watcher watches, and where that is; undefined if IDs are watched, or if the client in the middle is not known. */
export interface Watched {
  readonly watch: Watch
  readonly area: Area | undefined
}

/** Where a client was when a watcher was last sent something of it, or could have been. */
export interface Before {
  readonly from: GeoPoint | undefined
  readonly wasInside: boolean
}

/** Where a client was just before a change. */
export function before(watched: Watched, { id, from }: Change): Before {
  return { from, wasInside: from !== undefined && isInside(watched, id, from) }
}

/** What a change is to a watcher; undefined if it is not to be sent. */
export function kindOf(
  watched: Watched,
  { id, to, removal }: Change,
  { from, wasInside }: Before,
): 'report' | Transition | Removal | undefined {
  const { watch, area } = watched
  if (!mayRead(watch, id)) return undefined
  if (watch.target.kind === 'clients') return removal ?? 'report'
  if (removal) return wasInside ? removal : undefined
  const isIn = isInside(watched, id, to)
  const kind = wasInside ? (isIn ? 'inside' : 'exit') : isIn ? 'enter' : 'cross'
  if (!watch.detect.has(kind)) return undefined
  if (kind !== 'cross') return kind
  const segment = from && segmentBetween(from, to)
  return segment && area && !isCenter(watch, id) && meets(area, segment) ? kind : undefined
}

/** Whether a report is of a watched client, or from the watched area. */
export function matches(watched: Watched, { id, to }: Change): boolean {
  const { target } = watched.watch
  if (!mayRead(watched.watch, id)) return false
  return target.kind === 'clients' ? target.ids.includes(id) : isInside(watched, id, to)
}

function isInside({ watch, area }: Watched, id: string, point: GeoPoint): boolean {
  return area !== undefined && !isCenter(watch, id) && contains(area, point)
}

function mayRead({ mayRead }: Watch, id: string): boolean {
  return mayRead === undefined || mayRead(id)
}

/** The client in the middle of a circle is not one of those in it. */
export function isCenter({ target }: Watch, id: string): boolean {
  return target.kind === 'around' && target.id === id
}

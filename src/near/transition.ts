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
  if (!mayBeSent(watch, id)) return undefined
  if (watch.target.kind === 'clients') return removal ?? 'report'
  if (removal) return wasInside ? removal : undefined
  const isIn = isInside(watched, id, to)
  const kind = wasInside ? (isIn ? 'inside' : 'exit') : isIn ? 'enter' : 'cross'
  if (!watch.detect.has(kind)) return undefined
  if (kind !== 'cross') return kind
  const segment = from && segmentBetween(from, to)
  return segment && area && meets(area, segment) ? kind : undefined
}

/** Whether a report is of a watched client, or from the watched area. */
export function matches(watched: Watched, { id, to }: Change): boolean {
  const { watch } = watched
  if (watch.target.kind !== 'clients') return isInside(watched, id, to)
  return watch.target.ids.includes(id) && mayBeSent(watch, id)
}

/** Whether reports of a client may be sent to a watcher: it may read them, and the client is not the one in the middle of the circle. */
export function mayBeSent({ target, mayRead }: Watch, id: string): boolean {
  return (target.kind !== 'around' || target.id !== id) && (mayRead === undefined || mayRead(id))
}

function isInside({ watch, area }: Watched, id: string, point: GeoPoint): boolean {
  return area !== undefined && contains(area, point) && mayBeSent(watch, id)
}

import { NO_CLIENT } from '../memory/numbers.js'
import { isInArea, type Area } from './area.js'
import type { Grid } from './grid.js'
import type { WatchedChanges } from './watched-changes.js'
import type { Watcher } from './watcher.js'
import type { WatcherIndex } from './watcher-index.js'

/**
 * With so many clients in a circle that moves, its watcher starts again, and reads them in turn with others. To find out what each of them has
 * done would take 5 ms per move.
 */
export const MAX_MOVED_CLIENTS = 1_000

/** Moves the circle of a watcher, and has it note which clients are in or out now. Returns how many clients that may concern. */
export function moveCircle(
  watcher: Watcher,
  next: Area | undefined,
  { changes, grid, index }: MovingParts,
): number {
  const old = watcher.area
  const pages = [old, next].map((area) => (area ? changes.page(area, MAX_MOVED_CLIENTS, NO_CLIENT) : []))
  if (pages.some(({ length }) => length === MAX_MOVED_CLIENTS)) {
    index.move(watcher, next)
    watcher.reset()
    return MAX_MOVED_CLIENTS
  }
  const near = new Set(pages.flat())
  // Before the circle moves, since changes until now were in the old one.
  for (const client of near) changes.newest(client)
  index.move(watcher, next)
  for (const client of near) {
    const point = grid.pointOf(client)
    const wasInside = isInArea(old, point)
    if (wasInside !== isInArea(next, point)) watcher.noteMove(client, wasInside)
  }
  return near.size
}

/** Where clients and watchers are. */
interface MovingParts {
  readonly changes: Pick<WatchedChanges, 'page' | 'newest'>
  readonly grid: Pick<Grid, 'pointOf'>
  readonly index: Pick<WatcherIndex, 'move'>
}

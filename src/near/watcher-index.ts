import type { GeoPoint } from '../protocol/position.js'
import type { Area } from './area.js'
import { AreaIndex } from './area-index.js'
import { segmentBetween } from './segment.js'
import type { Change } from './watch.js'
import type { Watcher } from './watcher.js'

/** Watchers by what they watch. */
export class WatcherIndex {
  readonly #byId = new Map<string, Set<Watcher>>()
  readonly #byCenter = new Map<string, Set<Watcher>>()
  readonly #areas = new AreaIndex<Watcher>()
  /** Those that detect who has crossed their area. */
  readonly #crossed = new AreaIndex<Watcher>()
  /** Those that want superseded reports. */
  readonly ofSuperseded = new Set<Watcher>()

  add(watcher: Watcher): void {
    const { target, hasSuperseded } = watcher.watch
    if (target.kind === 'clients') for (const id of target.ids) addTo(this.#byId, id, watcher)
    if (target.kind === 'around') addTo(this.#byCenter, target.id, watcher)
    if (hasSuperseded) this.ofSuperseded.add(watcher)
  }

  delete(watcher: Watcher): void {
    const { target } = watcher.watch
    if (target.kind === 'clients') for (const id of target.ids) deleteFrom(this.#byId, id, watcher)
    if (target.kind === 'around') deleteFrom(this.#byCenter, target.id, watcher)
    this.ofSuperseded.delete(watcher)
    this.move(watcher, undefined)
  }

  /** A watcher watches this area from now on. */
  move(watcher: Watcher, area: Area | undefined): void {
    watcher.area = area
    this.#areas.delete(watcher)
    this.#crossed.delete(watcher)
    if (!area) return
    this.#areas.put(watcher, area)
    if (watcher.watch.detect.has('cross')) this.#crossed.put(watcher, area)
  }

  /** Calls `visit` with the watchers that a change concerns, once with each, and with some others. */
  eachFor({ id, from, to, position }: Change, visit: (watcher: Watcher) => void): void {
    const visitOnce = (watcher: Watcher): void => {
      if (watcher.noted === position) return
      watcher.noted = position
      visit(watcher)
    }
    this.#byId.get(id)?.forEach(visitOnce)
    this.#areas.eachAt(to, visitOnce)
    if (!from) return
    this.#areas.eachAt(from, visitOnce)
    this.#eachBetween(from, to, visitOnce)
  }

  /** The watchers of the circle around a client. */
  around(id: string): ReadonlySet<Watcher> {
    return this.#byCenter.get(id) ?? NOBODY
  }

  #eachBetween(from: GeoPoint, to: GeoPoint, visit: (watcher: Watcher) => void): void {
    const segment = this.#crossed.isEmpty ? undefined : segmentBetween(from, to)
    if (segment) this.#crossed.eachAlong(segment, visit)
  }
}

const NOBODY: ReadonlySet<Watcher> = new Set()

function addTo(map: Map<string, Set<Watcher>>, id: string, watcher: Watcher): void {
  const watchers = map.get(id)
  if (watchers) watchers.add(watcher)
  else map.set(id, new Set([watcher]))
}

function deleteFrom(map: Map<string, Set<Watcher>>, id: string, watcher: Watcher): void {
  const watchers = map.get(id)
  watchers?.delete(watcher)
  if (watchers?.size === 0) map.delete(id)
}

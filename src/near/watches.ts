import type { Flood } from '../flood/flood.js'
import type { Removal } from '../flood/follow-policy.js'
import type { Follower } from '../flood/follower.js'
import type { Memory } from '../memory/memory.js'
import { NO_CLIENT, type ClientNumber } from '../memory/numbers.js'
import { toBytes } from '../protocol/bytes.js'
import { geoPointIn, type GeoPoint } from '../protocol/position.js'
import type { Report } from '../protocol/report.js'
import { boxAround, type Area } from './area.js'
import { changeOf } from './change-of.js'
import { ChangeRing } from './change-ring.js'
import { Grid } from './grid.js'
import { findInBox, type BoxPart, type BoxQuery } from './in-box.js'
import { moveCircle } from './move-circle.js'
import type { Change, Watch, WatchTarget } from './watch.js'
import type { Subject, WatchedChanges } from './watched-changes.js'
import { Watcher } from './watcher.js'
import { WatcherIndex } from './watcher-index.js'

/** The most slots of all watchers together, some 150 bytes each. With more, the watcher that has most of them starts again. */
export const MAX_SLOTS = 1_000_000

/** What a slot takes in memory, with a part of what all that wait for its client share. */
const SLOT_BYTES = 150

export interface WatchesParts {
  /** The name of this server. */
  readonly server: string
  readonly flood: Pick<Flood, 'follow' | 'reportOf' | 'isShown'>
  readonly memory: Pick<Memory, 'find'>
  /** The position of the last change that was watched before. */
  readonly position: number
  /** Called when there is work to do because a client was removed. */
  readonly onBehind: () => void
  readonly mostSlots?: number
  readonly mostRingBytes?: number
}

/**
 * All that watch a server. One follower reads the changes, and a change is noted only by the watchers near which it is. What they are sent is as of
 * the last `work`.
 */
export class Watches implements WatchedChanges {
  readonly #parts: WatchesParts
  readonly #follower: Follower
  /** Where clients are, as of the changes so far. */
  readonly #grid = new Grid()
  readonly #watchers = new Set<Watcher>()
  readonly #index = new WatcherIndex()
  readonly #ring: ChangeRing
  /** By client ID: a client that comes back after its removal has another number. */
  readonly #subjects = new Map<string, Subject>()
  /** How many reports of a client have come since its first one that is still to be read. */
  readonly #repeats = new Map<ClientNumber, number>()
  /** The watchers whose circles are still to be moved, and the change of the client in the middle. */
  readonly #moved = new Map<Watcher, Change>()
  #slots = 0
  isLoaded = false
  position: number

  constructor(parts: WatchesParts) {
    const { flood, position, mostRingBytes } = parts
    this.#parts = parts
    this.position = position
    this.#ring = new ChangeRing(position + 1, mostRingBytes)
    this.#follower = flood.follow({
      from: 'all',
      selects: (client) => {
        if (this.#follower.isQueued(client)) this.#repeats.set(client, 1 + (this.#repeats.get(client) ?? 0))
        return true
      },
      onRemoved: (client, why) => {
        this.#remove(client, why)
      },
      onShown: (client) => {
        if (!this.#follower.has(client)) this.#apply(client)
      },
    })
  }

  /** How many watch. */
  get size(): number {
    return this.#watchers.size
  }

  /** Its memory. That of the follower is counted by the flood. */
  get bytes(): number {
    return this.#grid.bytes + this.#ring.bytes + this.#slots * SLOT_BYTES
  }

  /** How many clients are still to be read, at most. */
  get unread(): number {
    return this.#follower.size
  }

  /** Whether there are changes to read. */
  get isBehind(): boolean {
    return !this.isLoaded || this.#moved.size > 0 || this.unread > 0
  }

  /** Whether anybody wants superseded reports. */
  get hasSuperseded(): boolean {
    return this.#index.ofSuperseded.size > 0
  }

  /** Adds a watcher, which begins once the whole table is read. `onDue` is called when there is something to take. */
  add(watch: Watch, onDue: (watcher: Watcher) => void): Watcher {
    const watcher = new Watcher(watch, this, onDue)
    this.#watchers.add(watcher)
    if (this.isLoaded) this.#begin(watcher)
    return watcher
  }

  delete(watcher: Watcher): void {
    watcher.end()
    this.#moved.delete(watcher)
    this.#index.delete(watcher)
    this.#watchers.delete(watcher)
  }

  /** Reads at most so many changes, and fewer if they concern many watchers. */
  work(count: number): void {
    for (let left = count; left > 0 && this.isBehind;) {
      const client = this.#follower.nextOfTable() ?? this.#follower.nextChange()
      left -= 1 + (client === undefined ? 0 : this.#apply(client))
      if (!this.isLoaded && this.#follower.unscanned <= 0) this.#load()
      left -= this.#moveCircles(left)
    }
  }

  /** A report of a client of this server has lost to a newer one. */
  addSuperseded(report: Report): void {
    if (!this.isLoaded || !this.hasSuperseded) return
    this.position += 1
    const change = { ...changeOf(report, NO_CLIENT, this.position), isSuperseded: true }
    this.#ring.push(change)
    for (const watcher of this.#index.ofSuperseded) watcher.noteSuperseded(change)
  }

  /** Stops following, and drops all watchers. */
  close(): void {
    for (const watcher of this.#watchers) this.delete(watcher)
    this.#follower.cancel()
  }

  changeAt(position: number): Change | undefined {
    return this.#ring.at(position)
  }

  newest(client: ClientNumber): Change | undefined {
    if (this.#follower.has(client)) {
      this.#follower.dropQueued(client)
      this.#apply(client)
    }
    return this.#grid.has(client) && this.#parts.flood.isShown(client) ? this.#changeOf(client) : undefined
  }

  newestOf(id: string): Change | undefined {
    const client = this.#parts.memory.find(toBytes(id), 0, id.length)
    return client === NO_CLIENT ? undefined : this.newest(client)
  }

  page(area: Area, query: BoxQuery): BoxPart {
    return findInBox(this.#grid, boxAround(area), query)
  }

  subjectOf({ id }: Change): Subject | undefined {
    return this.#subjects.get(id)
  }

  retain(change: Change): Subject {
    const subject = this.#subjects.get(change.id) ?? { latest: change, waiting: 0 }
    this.#subjects.set(change.id, subject)
    subject.waiting += 1
    this.#slots += 1
    return subject
  }

  release(subject: Subject): void {
    subject.waiting -= 1
    this.#slots -= 1
    if (subject.waiting === 0) this.#subjects.delete(subject.latest.id)
  }

  isOwn({ line }: Change): boolean {
    return line.startsWith(`AT ${this.#parts.server} `)
  }

  /** The whole table is read. */
  #load(): void {
    this.isLoaded = true
    this.#repeats.clear()
    for (const watcher of this.#watchers) this.#begin(watcher)
  }

  #begin(watcher: Watcher): void {
    const { target, after } = watcher.watch
    this.#index.add(watcher)
    const center = target.kind === 'around' ? this.newestOf(target.id)?.to : undefined
    this.#index.move(watcher, areaOf(target, center))
    if (after !== undefined && this.#ring.hasAllAfter(after) && !this.#hasMoved(watcher, after))
      watcher.replay(after)
    else watcher.reset()
  }

  /** Whether the circle of a watcher has moved after a position. Where its clients were then is not known. */
  #hasMoved({ watch: { target } }: Watcher, after: number): boolean {
    if (target.kind !== 'around') return false
    return (this.#ring.lastOf(target.id) ?? after) > after
  }

  /** Reads the newest report of a client. Returns how many watchers may have noted it. */
  #apply(client: ClientNumber): number {
    const { flood } = this.#parts
    // What has expired may be kept for its generation.
    if (!flood.isShown(client)) {
      this.#remove(client, 'expired')
      return 0
    }
    const from = this.#grid.has(client) ? this.#grid.pointOf(client) : undefined
    const report = flood.reportOf(client)
    if (!this.isLoaded) {
      this.#grid.put(client, geoPointIn(report.bytes, report.position, report.time - 1))
      return 0
    }
    this.position += 1
    const change = { ...changeOf(report, client, this.position), from }
    this.#grid.put(client, change.to)
    const repeats = this.#repeats.get(client) ?? 0
    this.#repeats.delete(client)
    return this.#publish(change, repeats)
  }

  /** A client is about to be removed. */
  #remove(client: ClientNumber, removal: Removal): void {
    this.#repeats.delete(client)
    if (!this.#grid.has(client)) return
    const to = this.#grid.pointOf(client)
    this.#grid.delete(client)
    if (!this.isLoaded) return
    this.position += 1
    this.#publish({ ...this.#changeOf(client), from: to, to, removal }, 0)
    if (this.#moved.size > 0) this.#parts.onBehind()
  }

  #publish(change: Change, repeats: number): number {
    this.#ring.push(change)
    const subject = this.#subjects.get(change.id)
    const replaced = subject?.latest
    if (subject) subject.latest = change
    let count = 0
    this.#index.eachFor(change, (watcher) => {
      count += 1
      watcher.note(change, replaced, repeats)
    })
    for (const watcher of this.#index.around(change.id)) this.#moved.set(watcher, change)
    this.#limitSlots()
    return count
  }

  /** Moves the circles around clients that have moved, until that has taken so many steps. Returns how many. */
  #moveCircles(most: number): number {
    let steps = 0
    for (const [watcher, change] of this.#moved) {
      if (steps >= most) break
      this.#moved.delete(watcher)
      steps += 1 + this.#moveCircle(watcher, change)
    }
    if (steps > 0) this.#limitSlots()
    return steps
  }

  #moveCircle(watcher: Watcher, { to, removal }: Change): number {
    const next = areaOf(watcher.watch.target, removal ? undefined : to)
    return moveCircle(watcher, next, { changes: this, grid: this.#grid, index: this.#index })
  }

  #changeOf(client: ClientNumber): Change {
    return changeOf(this.#parts.flood.reportOf(client), client, this.position)
  }

  #limitSlots(): void {
    const { mostSlots = MAX_SLOTS } = this.#parts
    if (this.#slots > mostSlots)
      [...this.#watchers].reduce((most, watcher) => (watcher.waiting > most.waiting ? watcher : most)).reset()
  }
}

/** The area that is watched. `center` is where the client is around which that is, if it is known. */
function areaOf(target: WatchTarget, center: GeoPoint | undefined): Area | undefined {
  if (target.kind === 'area') return target.area
  return target.kind === 'around' && center ? { kind: 'circle', center, radiusM: target.radiusM } : undefined
}

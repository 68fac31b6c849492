import { NO_CLIENT, type ClientNumber } from '../memory/numbers.js'
import { distanceFrom, type Area } from './area.js'
import { before, kindOf, matches, mayBeSent, type Before } from './transition.js'
import type { Change, Watch, WatchEvent } from './watch.js'
import type { Subject, WatchedChanges } from './watched-changes.js'

/** The most clients that may wait for one watcher. With more, it starts again from what the server holds, which takes no memory. */
export const MAX_WAITING_CLIENTS = 10_000

/** The most superseded reports that may wait for one watcher; further ones are left out. */
export const MAX_WAITING_SUPERSEDED = 1_000

/** How many clients are looked up at once for a watcher that starts. */
const PAGE = 64

/** What has not been sent of a client. What it has done is what has changed between then and its newest report. */
interface Slot {
  was: Before
  /** The position of the first change that was not sent. */
  readonly first: number
  readonly isInitial: boolean
  /** The last removal that was not sent: the client may have come back since. */
  removed: Change | undefined
  /** How many reports the newest one has replaced. */
  skipped: number
}

const NOWHERE: Before = { from: undefined, wasInside: false }

/** The changes that are sent again to a watcher that has come back. */
interface Replay {
  next: number
  readonly until: number
  readonly area: Area | undefined
}

/**
 * One reader of changes. It is read at its own pace. While it is slow, it holds one slot per client, and what the client has done is found out when
 * the slot is read: from where it was last, and where it is now. So what a watcher is sent always fits together.
 */
export class Watcher {
  readonly watch: Watch
  /** See `Watched`. */
  area: Area | undefined
  /** The position of the last change that was noted, so that none is noted twice. */
  noted = 0
  readonly #changes: WatchedChanges
  readonly #onDue: (watcher: Watcher) => void
  readonly #slots = new Map<Subject, Slot>()
  readonly #superseded: Change[] = []
  #replay: Replay | undefined
  /** Of the first reports, those of clients up to this number have been sent; all if it is infinite. */
  #scanned = Infinity
  /** The clients of them that are to be sent next. */
  #found: ClientNumber[] = []
  #isReset = false
  #isWaitingNext = false
  /** How many reports were left out that no event has counted yet. */
  #skipped = 0

  /** `onDue` is called when there is something to take. */
  constructor(watch: Watch, changes: WatchedChanges, onDue: (watcher: Watcher) => void) {
    this.watch = watch
    this.#changes = changes
    this.#onDue = onDue
  }

  /** How many clients and superseded reports wait. */
  get waiting(): number {
    return this.#slots.size + this.#superseded.length
  }

  /** Everything up to this position has been sent; undefined while the first reports are not complete. */
  get position(): number | undefined {
    if (!this.#changes.isLoaded || this.#isReset || this.#scanned !== Infinity) return undefined
    if (this.#replay) return this.#replay.next - 1
    const { position = Infinity } = this.#superseded[0] ?? {}
    const [slot] = this.#slots.values()
    if (slot?.isInitial) return undefined
    return Math.min(this.#changes.position, position - 1, (slot?.first ?? Infinity) - 1)
  }

  /** Begins with the changes after a position, which are all known. */
  replay(after: number): void {
    this.#replay = { next: after + 1, until: this.#changes.position, area: this.area }
    this.#onDue(this)
  }

  /** Begins, or begins again, with the newest reports of all clients that match. */
  reset(): void {
    for (const { skipped } of this.#slots.values()) this.#skipped += skipped + 1
    this.#skipped += this.#superseded.length
    this.end()
    this.#replay = undefined
    this.#isReset = true
    this.#found = []
    this.#scanned = this.area ? NO_CLIENT : Infinity
    const { target } = this.watch
    for (const id of target.kind === 'clients' ? target.ids : []) {
      const change = this.#changes.newestOf(id)
      if (change && matches(this, change)) this.#wait(change, NOWHERE, { isInitial: true, skipped: 0 })
    }
    this.#onDue(this)
  }

  /**
   * Notes a change that may concern it. `replaced` is the last change of that client that anybody waits for, and `repeats` how many others there
   * were between them.
   */
  note(change: Change, replaced: Change | undefined, repeats: number): void {
    if (this.#willFind(change.client)) return
    const was = before(this, change)
    if (kindOf(this, change, was) === undefined) return
    const slot = this.#slotOf(change)
    if (!slot) {
      this.#wait(change, was, { isInitial: false, skipped: repeats })
      return
    }
    slot.skipped += repeats
    if (change.removal) slot.removed = change
    if (replaced && !replaced.removal && !this.#keepReplaced(replaced)) slot.skipped += 1
  }

  /** The circle has moved, so that a client is in or out without having moved itself. */
  noteMove(client: ClientNumber, wasInside: boolean): void {
    const change = this.#changes.newest(client)
    if (!change || this.#willFind(client) || !mayBeSent(this.watch, change.id)) return
    if (!this.watch.detect.has(wasInside ? 'exit' : 'enter')) return
    if (this.#slotOf(change)) return
    this.#wait(change, { from: change.to, wasInside }, { isInitial: false, skipped: 0 })
  }

  /** Notes a report that has lost to a newer one. */
  noteSuperseded(change: Change): void {
    if (!matches(this, change)) return
    if (this.#superseded.length < MAX_WAITING_SUPERSEDED) this.#superseded.push(change)
    else this.#skipped += 1
    this.#onDue(this)
  }

  /** Takes at most so many events. */
  take(most: number): WatchEvent[] {
    const events: WatchEvent[] = []
    while (events.length < most) {
      const event = this.#next()
      if (!event) break
      events.push(event)
    }
    return events
  }

  /** Drops what waits. */
  end(): void {
    for (const subject of this.#slots.keys()) this.#changes.release(subject)
    this.#slots.clear()
    this.#superseded.length = 0
  }

  #next(): WatchEvent | undefined {
    if (!this.#changes.isLoaded) return undefined
    if (this.#isReset) return this.#nextReset()
    const replayed = this.#nextReplayed()
    if (replayed) return replayed
    // In turn, so that both make progress, however many changes there are.
    this.#isWaitingNext = !this.#isWaitingNext
    return this.#isWaitingNext
      ? (this.#nextWaiting() ?? this.#nextFound())
      : (this.#nextFound() ?? this.#nextWaiting())
  }

  #nextReset(): WatchEvent {
    this.#isReset = false
    // A reader that has read only this knows nothing yet.
    return { ...this.#event('reset', undefined), position: undefined }
  }

  #nextReplayed(): WatchEvent | undefined {
    const replay = this.#replay
    while (replay && replay.next <= replay.until) {
      const change = this.#changes.changeAt(replay.next)
      if (!change) {
        this.reset()
        return this.#nextReset()
      }
      replay.next += 1
      const kind = this.#replayedKind(change, replay.area)
      if (kind) return this.#event(kind, change)
    }
    this.#replay = undefined
    return undefined
  }

  #replayedKind(change: Change, area: Area | undefined): WatchEvent['kind'] | undefined {
    const then = { watch: this.watch, area }
    if (!matches(then, change) && change.isSuperseded) return undefined
    if (change.isSuperseded) return this.watch.hasSuperseded ? 'superseded' : undefined
    if (this.watch.target.kind === 'clients' && !matches(then, change)) return undefined
    return kindOf(then, change, before(then, change))
  }

  /** The next of the first reports. */
  #nextFound(): WatchEvent | undefined {
    while (this.#scanned !== Infinity) {
      const client = this.#found.shift()
      if (client === undefined) {
        this.#findMore(this.#scanned as ClientNumber)
        continue
      }
      const change = this.#changes.newest(client)
      // That may have moved the circle, and so be too much for its slots.
      if (this.#isReset) return this.#nextReset()
      this.#scanned = client
      // What waits of a client that has come back must be sent first.
      if (change && matches(this, change) && !this.#slotOf(change)) return this.#event('report', change)
    }
    return undefined
  }

  /** Whether the newest report of a client, if it matches, is still to be sent as one of the first. */
  #willFind(client: ClientNumber): boolean {
    if (client <= this.#scanned) return false
    // It may have come into the area only after its neighbours by number were looked up.
    const last = this.#found.at(-1) ?? NO_CLIENT
    if (client < last && !this.#found.includes(client)) this.#found = []
    return true
  }

  #findMore(after: ClientNumber): void {
    if (this.area) this.#found = this.#changes.page(this.area, PAGE, after)
    if (this.#found.length === 0) this.#scanned = Infinity
  }

  #nextWaiting(): WatchEvent | undefined {
    const superseded = this.#superseded.shift()
    if (superseded) return this.#event('superseded', superseded)
    for (const [subject, slot] of this.#slots) {
      const { latest } = subject
      const removal = slot.removed === latest ? undefined : this.#nextRemoval(slot)
      if (removal) return removal
      this.#slots.delete(subject)
      this.#changes.release(subject)
      this.#skipped += slot.skipped
      // A client that has come back under a later number is still to be sent as one of the first.
      if (latest.client > this.#scanned) continue
      const kind = kindOf(this, latest, slot.was)
      if (kind) return this.#event(kind, latest)
      if (!latest.removal) this.#skipped += 1
    }
    return undefined
  }

  /** That a client was removed, which has come back since. It keeps its slot. */
  #nextRemoval(slot: Slot): WatchEvent | undefined {
    const { removed, was } = slot
    if (!removed) return undefined
    slot.removed = undefined
    slot.was = NOWHERE
    const kind = kindOf(this, removed, was)
    return kind && this.#event(kind, removed)
  }

  #slotOf(change: Change): Slot | undefined {
    const subject = this.#changes.subjectOf(change)
    return subject && this.#slots.get(subject)
  }

  /** Keeps a report that waits and is replaced by a newer one, if that is wanted. */
  #keepReplaced(replaced: Change): boolean {
    const isWanted = this.watch.hasSuperseded && !replaced.removal && matches(this, replaced)
    if (!isWanted || !this.#changes.isOwn(replaced)) return false
    if (this.#superseded.length >= MAX_WAITING_SUPERSEDED) return false
    this.#superseded.push(replaced)
    return true
  }

  #wait(change: Change, was: Before, more: Pick<Slot, 'isInitial' | 'skipped'>): void {
    if (this.#slots.size >= MAX_WAITING_CLIENTS) {
      this.#skipped += more.skipped + 1
      this.reset()
      return
    }
    const removed = change.removal && change
    this.#slots.set(this.#changes.retain(change), { ...more, was, first: change.position, removed })
    this.#onDue(this)
  }

  #event(kind: WatchEvent['kind'], change: Change | undefined): WatchEvent {
    const skipped = this.#skipped
    this.#skipped = 0
    const distanceM = change && this.area && distanceFrom(this.area, change.to)
    return { kind, line: change?.line, distanceM, skipped, position: this.position }
  }
}

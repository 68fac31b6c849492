import type { ClientNumber } from '../memory/numbers.js'
import { distanceFrom, type Area } from './area.js'
import { FirstClients } from './first-clients.js'
import type { Steps } from './steps.js'
import { before, kindOf, matches, mayBeSent, type Before } from './transition.js'
import type { Change, Watch, WatchEvent } from './watch.js'
import type { Subject, WatchedChanges } from './watched-changes.js'

/** The most clients that may wait for one watcher. With more, it starts again from what the server holds, which takes no memory. */
export const MAX_WAITING_CLIENTS = 10_000

/** The most superseded reports that may wait for one watcher; further ones are left out. */
export const MAX_WAITING_SUPERSEDED = 1_000

/** What an event costs, with sending it. */
const STEPS_PER_EVENT = 20

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
  /** Those whose newest reports come first. */
  readonly #firsts: FirstClients
  #isReset = false
  #isWaitingNext = false
  /** How many reports were left out that no event has counted yet. */
  #skipped = 0

  /** `onDue` is called when there is something to take. */
  constructor(watch: Watch, changes: WatchedChanges, onDue: (watcher: Watcher) => void) {
    this.watch = watch
    this.#changes = changes
    this.#onDue = onDue
    this.#firsts = new FirstClients((area, query) => changes.page(area, query))
  }

  /** How many clients and superseded reports wait. */
  get waiting(): number {
    return this.#slots.size + this.#superseded.length
  }

  /** Everything up to this position has been sent; undefined while the first reports are not complete. */
  get position(): number | undefined {
    if (!this.#changes.isLoaded || this.#isReset || !this.#firsts.areDone) return undefined
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
    this.#firsts.start(this.area !== undefined)
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
    if (this.#comesFirst(change.client)) return
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
    if (!change || this.#comesFirst(client) || !mayBeSent(this.watch, change.id)) return
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

  /** Takes at most so many events. If that uses up the steps, there may be more although fewer are taken. */
  take(most: number, steps: Steps = { left: Infinity }): WatchEvent[] {
    const events: WatchEvent[] = []
    while (events.length < most && steps.left > 0) {
      const event = this.#next(steps)
      if (!event) break
      steps.left -= STEPS_PER_EVENT
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

  #next(steps: Steps): WatchEvent | undefined {
    if (!this.#changes.isLoaded) return undefined
    if (this.#isReset) return this.#nextReset()
    const replayed = this.#nextReplayed(steps)
    if (replayed || this.#replay) return replayed
    // In turn, so that both make progress, however many changes there are.
    this.#isWaitingNext = !this.#isWaitingNext
    return this.#isWaitingNext
      ? (this.#nextWaiting(steps) ?? this.#nextFirst(steps))
      : (this.#nextFirst(steps) ?? this.#nextWaiting(steps))
  }

  #nextReset(): WatchEvent {
    this.#isReset = false
    // A reader that has read only this knows nothing yet.
    return { ...this.#event('reset', undefined), position: undefined }
  }

  #nextReplayed(steps: Steps): WatchEvent | undefined {
    const replay = this.#replay
    while (replay && replay.next <= replay.until) {
      if (steps.left <= 0) return undefined
      steps.left -= 1
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
  #nextFirst(steps: Steps): WatchEvent | undefined {
    const firsts = this.#firsts
    let client = firsts.next(this.area, steps)
    while (client !== undefined) {
      steps.left -= 1
      const change = this.#changes.newest(client)
      // That may have moved the circle, and so be too much for its slots.
      if (this.#isReset) return this.#nextReset()
      firsts.done(client)
      // What waits of a client that has come back must be sent first.
      if (change && matches(this, change) && !this.#slotOf(change)) return this.#event('report', change)
      client = firsts.next(this.area, steps)
    }
    return undefined
  }

  #nextWaiting(steps: Steps): WatchEvent | undefined {
    const superseded = this.#superseded.shift()
    if (superseded) return this.#event('superseded', superseded)
    for (const [subject, slot] of this.#slots) {
      if (steps.left <= 0) return undefined
      steps.left -= 1
      const { latest } = subject
      const removal = slot.removed === latest ? undefined : this.#nextRemoval(slot)
      if (removal) return removal
      this.#slots.delete(subject)
      this.#changes.release(subject)
      this.#skipped += slot.skipped
      // A client that has come back under a later number is still to be sent as one of the first.
      if (this.#firsts.isToCome(latest.client)) continue
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

  /** Whether the newest report of a client that has changed is still to be sent as one of the first. */
  #comesFirst(client: ClientNumber): boolean {
    const isToCome = this.#firsts.isToCome(client)
    if (isToCome) this.#firsts.changed(client)
    return isToCome
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

import type { SlicedWork } from '../flood/sliced-work.js'
import { MAX_UNHASHED } from '../flood/table.js'
import type { Tick } from './tick.js'

/** The number of reports or clients in a slice: well under a millisecond of work, so that the clock is read often enough. */
export const SLICE = 500

/** The minimum time for slices in each turn of the event loop. */
export const MIN_SLICES_MS = 5

/**
 * The maximum time for slices in each turn. Between the limits, slices take as long as everything else took since the previous turn. Then
 * a busy server hashes faster than reports arrive, because receiving a report takes longer than hashing it.
 */
export const MAX_SLICES_MS = 15

/** The work of a server that is done in slices. */
type Slices = Pick<SlicedWork, 'unhashed' | 'hash' | 'isBehind' | 'work'>

/** Divides the work on all reports of a process's servers into slices. Clients and neighbours are served in between. */
export class SliceScheduler {
  readonly #tick: Pick<Tick, 'run'>
  readonly #now: () => number
  #all: readonly Slices[] = []
  /** The callbacks that wait until the reports are hashed. */
  #waiting: (() => void)[] = []
  #turn: NodeJS.Immediate | undefined
  #lastTurnAt = 0

  /** `now` is a clock in milliseconds. A tick runs after each turn with slices, to send what has become due. */
  constructor(tick: Pick<Tick, 'run'>, now: () => number = () => performance.now()) {
    this.#tick = tick
    this.#now = now
  }

  /** Adds the work of a server. */
  join(slices: Slices): void {
    this.#all = [...this.#all, slices]
  }

  /** Removes that of a server that has stopped. */
  leave(slices: Slices): void {
    this.#all = this.#all.filter((other) => other !== slices)
  }

  /** Whether so few reports are dirty that all digests can be computed at once. */
  get areHashed(): boolean {
    return this.#all.every(({ unhashed }) => unhashed <= MAX_UNHASHED)
  }

  /** Resolves when `areHashed` is true. Digests must be computed before the turn ends. */
  hashed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.due()
    })
  }

  /** Schedules a turn if there is work. */
  due(): void {
    if (this.#turn || !this.#hasWork) return
    this.#lastTurnAt = this.#now()
    this.#waitTurn()
  }

  get #hasWork(): boolean {
    return this.#waiting.length > 0 || this.#all.some(({ isBehind }) => isBehind)
  }

  #waitTurn(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      this.#takeTurn()
      if (this.#hasWork) this.#waitTurn()
    })
  }

  #takeTurn(): void {
    const startedAt = this.#now()
    const otherWorkMs = startedAt - this.#lastTurnAt
    const endsAt = startedAt + Math.min(MAX_SLICES_MS, Math.max(MIN_SLICES_MS, otherWorkMs))
    do {
      if (!this.#takeSlice()) break
    } while (this.#now() < endsAt)
    this.#lastTurnAt = this.#now()
    // Resolve before more reports arrive: a digest is sent only while nearly all reports are hashed.
    if (this.areHashed) for (const resolve of this.#waiting.splice(0)) resolve()
    this.#tick.run()
  }

  /** Works on one slice. Returns whether there was work. */
  #takeSlice(): boolean {
    const behind = this.#all.find(({ isBehind }) => isBehind)
    if (behind) {
      behind.work(SLICE)
      return true
    }
    if (this.#waiting.length === 0) return false
    const unhashed = this.#all.find(({ unhashed }) => unhashed > MAX_UNHASHED)
    unhashed?.hash(SLICE)
    return unhashed !== undefined
  }
}

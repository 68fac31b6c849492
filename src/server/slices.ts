import type { Flood } from '../flood/flood.js'
import { MAX_UNHASHED } from '../flood/table.js'
import type { Tick } from './tick.js'

/** A slice has about so many reports or clients, well under a millisecond of work, so that the clock is read often enough. */
export const SLICE = 500

/** Slices take at least so long in each turn of the event loop, … */
export const MIN_SLICES_MS = 5

/**
 * … and otherwise as long as everything else took since the turn before, so that a busy server hashes faster than reports arrive: to receive
 * one takes longer than to hash it. No turn becomes longer by more than this.
 */
export const MAX_SLICES_MS = 15

/** What slices need of a flood. */
type SlicedFlood = Pick<Flood, 'unhashed' | 'hash' | 'isBehind' | 'work'>

/** Work on all reports of a process's servers, in slices between which clients and neighbours have their turns. */
export class Slices {
  readonly #tick: Pick<Tick, 'run'>
  readonly #now: () => number
  #floods: readonly SlicedFlood[] = []
  /** Callbacks of those that wait for hashes. */
  #waiting: (() => void)[] = []
  #turn: NodeJS.Immediate | undefined
  #lastTurnAt = 0

  /** `now` is a clock in milliseconds. After each turn the servers of the tick send what has become due. */
  constructor(tick: Pick<Tick, 'run'>, now: () => number = () => performance.now()) {
    this.#tick = tick
    this.#now = now
  }

  /** Takes in a server of the process. */
  join(flood: SlicedFlood): void {
    this.#floods = [...this.#floods, flood]
  }

  /** The server has stopped. */
  leave(flood: SlicedFlood): void {
    this.#floods = this.#floods.filter((other) => other !== flood)
  }

  /** Whether so few reports are unhashed that all digests may be asked for at once. */
  get areHashed(): boolean {
    return this.#floods.every(({ unhashed }) => unhashed <= MAX_UNHASHED)
  }

  /** Resolves when that is so; digests must be asked for before the turn is over. */
  hashed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.due()
    })
  }

  /** There may be work. */
  due(): void {
    if (this.#turn || !this.#hasWork) return
    this.#lastTurnAt = this.#now()
    this.#waitTurn()
  }

  get #hasWork(): boolean {
    return this.#waiting.length > 0 || this.#floods.some(({ isBehind }) => isBehind)
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
    const others = startedAt - this.#lastTurnAt
    const endsAt = startedAt + Math.min(MAX_SLICES_MS, Math.max(MIN_SLICES_MS, others))
    do {
      if (!this.#takeSlice()) break
    } while (this.#now() < endsAt)
    this.#lastTurnAt = this.#now()
    // Before more reports arrive: a digest is said only while nearly all are hashed.
    if (this.areHashed) for (const resolve of this.#waiting.splice(0)) resolve()
    this.#tick.run()
  }

  /** Does one slice; gives whether there was work. */
  #takeSlice(): boolean {
    const behind = this.#floods.find(({ isBehind }) => isBehind)
    if (behind) {
      behind.work(SLICE)
      return true
    }
    if (this.#waiting.length === 0) return false
    const unhashed = this.#floods.find(({ unhashed }) => unhashed > MAX_UNHASHED)
    unhashed?.hash(SLICE)
    return unhashed !== undefined
  }
}

import type { Flood } from '../flood/flood.js'
import type { Watch, WatchEvent } from '../near/watch.js'
import type { Watcher } from '../near/watcher.js'
import { Watches } from '../near/watches.js'
import type { Report } from '../protocol/report.js'
import type { ServerOptions } from './server-options.js'
import type { TickParticipant } from './tick.js'

/** How many may watch one server at once, over HTTP and with `WATCH`. */
export const MAX_WATCHERS = 2_000

/** The most changes that are read in a tick, and steps that are done to send events: a few milliseconds of work each. */
export const MAX_CHANGES_PER_TICK = 1_000
export const MAX_STEPS_PER_TICK = 20_000

/** What a reader costs in a tick, if only to find that there is nothing to send. */
const STEPS_PER_READER = 10

/** How many events one reader is sent before others have their turn. Those of the longest IDs have about 100 KiB. */
export const EVENTS_PER_TURN = 16

/**
 * For so long after the last reader has left, changes are still followed. A reader whose connection was lost, and who comes back within that time,
 * misses nothing.
 */
export const KEEP_AFTER_LAST_MS = 30_000

/** Where the events of a watch go. */
export interface WatchReader {
  /** Sends events, at least one. Returns whether it takes more; if not, it will call `WatchStream.resume`. */
  send(events: readonly WatchEvent[]): boolean
}

/** A watch that is read. */
export interface WatchStream {
  /** See `Watcher`. */
  readonly position: number | undefined
  /** The reader takes events, or takes them again. */
  resume(): void
  end(): void
}

/** A reader, and whether it takes events. */
interface Reading {
  readonly reader: WatchReader
  isReady: boolean
}

export interface WatchStreamsParts {
  readonly options: Pick<ServerOptions, 'name' | 'memory' | 'tick' | 'budget'>
  readonly flood: Pick<Flood, 'follow' | 'reportOf' | 'isShown'>
  readonly keepAfterLastMs?: number
}

/**
 * Sends those who watch a server what they watch, at the end of each tick. Changes are followed only while somebody watches, and a little longer.
 */
export class WatchStreams {
  readonly #parts: WatchStreamsParts
  #watches: Watches | undefined
  /** The position of the last change, also of watches that are over. */
  #position = 0
  /** Those for whom there is something to take. */
  readonly #due = new Map<Watcher, Reading>()
  #countedBytes = 0
  #dropTimer: NodeJS.Timeout | undefined

  constructor(parts: WatchStreamsParts) {
    this.#parts = parts
  }

  /** Whether nobody else may watch. */
  get isFull(): boolean {
    return (this.#watches?.size ?? 0) >= MAX_WATCHERS
  }

  /** How many clients have changed, or are still to be read from the table, at most; 0 while nobody watches. */
  get unread(): number {
    return this.#watches?.unread ?? 0
  }

  /** Opens a stream of events to a reader, which is sent none before the first `resume`. */
  open(watch: Watch, reader: WatchReader): WatchStream {
    const watches = this.#open()
    const reading: Reading = { reader, isReady: false }
    let isOpen = true
    const schedule = (due: Watcher): void => {
      if (!reading.isReady) return
      this.#due.set(due, reading)
      this.#parts.options.tick.due()
    }
    const watcher = watches.add(watch, schedule)
    // There may be a table to read first.
    this.#parts.options.tick.due()
    return {
      get position() {
        return watcher.position
      },
      resume: () => {
        reading.isReady = isOpen
        schedule(watcher)
      },
      end: () => {
        if (!isOpen) return
        isOpen = false
        reading.isReady = false
        this.#due.delete(watcher)
        watches.delete(watcher)
        if (watches.size === 0) this.#dropLater()
      },
    }
  }

  /** A report that was received from a client is the newest. If somebody wants superseded reports, it is read before the next one replaces it. */
  received(): void {
    if (this.#watches?.hasSuperseded === true) this.#watches.work(MAX_CHANGES_PER_TICK)
  }

  /** A report that was received from a client has lost to a newer one. */
  superseded(report: Report): void {
    this.#watches?.addSuperseded(report)
  }

  /** Stops following. Readers get nothing more. */
  close(): void {
    clearTimeout(this.#dropTimer)
    this.#parts.options.tick.leave(this.#participant)
    this.#due.clear()
    this.#watches?.close()
    // What changes from now on is not followed, so it gets a position that nobody has been told.
    if (this.#watches) this.#position = this.#watches.position + 1
    this.#watches = undefined
    this.#count()
  }

  readonly #participant: TickParticipant = {
    flush: () => {
      this.#watches?.work(MAX_CHANGES_PER_TICK)
      this.#count()
    },
    reply: () => {
      this.#send()
      if (this.#due.size > 0 || this.#watches?.isBehind === true) this.#parts.options.tick.due()
    },
  }

  #open(): Watches {
    clearTimeout(this.#dropTimer)
    if (this.#watches) return this.#watches
    const { options, flood } = this.#parts
    this.#watches = new Watches({
      server: options.name,
      flood,
      memory: options.memory,
      position: this.#position,
      onBehind: () => {
        options.tick.due()
      },
    })
    options.tick.join(this.#participant)
    return this.#watches
  }

  #dropLater(): void {
    clearTimeout(this.#dropTimer)
    this.#dropTimer = setTimeout(() => {
      this.close()
    }, this.#parts.keepAfterLastMs ?? KEEP_AFTER_LAST_MS).unref()
  }

  #send(): void {
    const steps = { left: MAX_STEPS_PER_TICK }
    for (const [watcher, reading] of this.#due) {
      if (steps.left <= 0) return
      steps.left -= STEPS_PER_READER
      const events = watcher.take(EVENTS_PER_TURN, steps)
      this.#due.delete(watcher)
      if (events.length > 0) reading.isReady = reading.reader.send(events)
      const mayHaveMore = events.length === EVENTS_PER_TURN || steps.left <= 0
      // Behind all others who wait.
      if (reading.isReady && mayHaveMore) this.#due.set(watcher, reading)
    }
  }

  /** Counts the memory as it is now. */
  #count(): void {
    const bytes = this.#watches?.bytes ?? 0
    this.#parts.options.budget.addQueueBytes(bytes - this.#countedBytes)
    this.#countedBytes = bytes
  }
}

import type { Change } from './watch.js'

/** The memory for changes that watchers which come back can still be sent: some 15,000 usual ones. */
const MAX_RING_BYTES = 4 * 1024 * 1024

/** What a change takes besides its line. */
const CHANGE_BYTES = 250

/** The latest changes, by position. */
export class ChangeRing {
  readonly #mostBytes: number
  readonly #changes = new Map<number, Change>()
  /** The position of the last change of each client that is kept, by ID. */
  readonly #last = new Map<string, number>()
  #bytes = 0
  /** The position of the oldest change that is kept. */
  #oldest: number

  /** `next` is the position of the first change. */
  constructor(next: number, mostBytes: number = MAX_RING_BYTES) {
    this.#oldest = next
    this.#mostBytes = mostBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Adds the next change; the oldest ones make room for it. */
  push(change: Change): void {
    this.#changes.set(change.position, change)
    this.#last.set(change.id, change.position)
    this.#bytes += sizeOf(change)
    for (; this.#bytes > this.#mostBytes; this.#oldest += 1)
      this.#drop(this.#changes.get(this.#oldest) as Change)
  }

  /** The change at a position, if it is still kept. */
  at(position: number): Change | undefined {
    return this.#changes.get(position)
  }

  /** Whether all changes after a position are kept. */
  hasAllAfter(position: number): boolean {
    return position >= this.#oldest - 1 && position < this.#oldest + this.#changes.size
  }

  /** The position of the last change of a client, if it is still kept. */
  lastOf(id: string): number | undefined {
    return this.#last.get(id)
  }

  #drop(change: Change): void {
    const { id, position } = change
    this.#bytes -= sizeOf(change)
    this.#changes.delete(position)
    if (this.#last.get(id) === position) this.#last.delete(id)
  }
}

function sizeOf({ line }: Change): number {
  return CHANGE_BYTES + line.length
}

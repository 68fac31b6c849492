import type { Change } from './watch.js'

/** The memory for changes that watchers which come back can still be sent: some 15,000 usual ones. */
const MAX_RING_BYTES = 4 * 1024 * 1024

/** What a change takes besides its line. */
const CHANGE_BYTES = 200

/** The latest changes, by position. */
export class ChangeRing {
  readonly #mostBytes: number
  readonly #changes = new Map<number, Change>()
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
    this.#bytes += sizeOf(change)
    for (; this.#bytes > this.#mostBytes; this.#oldest += 1) {
      this.#bytes -= sizeOf(this.#changes.get(this.#oldest) as Change)
      this.#changes.delete(this.#oldest)
    }
  }

  /** The change at a position, if it is still kept. */
  at(position: number): Change | undefined {
    return this.#changes.get(position)
  }

  /** Whether all changes after a position are kept. */
  hasAllAfter(position: number): boolean {
    return position >= this.#oldest - 1 && position < this.#oldest + this.#changes.size
  }

  /** The changes after a position, oldest first. */
  *after(position: number): Generator<Change> {
    for (let at = position + 1; this.#changes.has(at); at += 1) yield this.#changes.get(at) as Change
  }
}

function sizeOf({ line }: Change): number {
  return CHANGE_BYTES + line.length
}

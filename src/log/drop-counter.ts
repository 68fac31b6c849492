/** Decides whether an entry can be written, and counts those that were dropped until one can be written again. */
export class DropCounter {
  readonly #isFull: () => boolean
  readonly #report: (dropped: number) => void
  #dropped = 0

  /** `report` is called once before the first entry after a gap. */
  constructor(isFull: () => boolean, report: (dropped: number) => void) {
    this.#isFull = isFull
    this.#report = report
  }

  /** Whether one more entry can be written. If not, it counts as dropped. */
  admits(): boolean {
    if (this.#isFull()) {
      this.#dropped += 1
      return false
    }
    const dropped = this.#dropped
    this.#dropped = 0
    if (dropped > 0) this.#report(dropped)
    return true
  }
}

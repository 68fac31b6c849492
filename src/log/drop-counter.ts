import type { RotatingFile } from './rotating-file.js'

/** Lets entries through to the file as long as it takes them, and then has it told how many it did not. */
export class DropCounter {
  readonly #file: RotatingFile
  readonly #tell: (why: string) => void
  #missing = 0

  /** `tell` logs, in words, that entries are missing. */
  constructor(file: RotatingFile, tell: (why: string) => void) {
    this.#file = file
    this.#tell = tell
  }

  /** Whether so many more entries can be written; if not, they count as missing. */
  admits(entries: number): boolean {
    if (this.#file.isFull) {
      this.#missing += entries
      return false
    }
    const missing = this.#missing
    this.#missing = 0
    if (missing > 0) this.#tell(`entries that the disk did not take are missing here: ${missing}`)
    return true
  }
}

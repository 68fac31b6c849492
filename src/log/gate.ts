import type { RotatingFile } from './rotating-file.js'

/** Lets entries through to the file as long as it takes them, and then says how many it did not. */
export class Gate {
  readonly #file: RotatingFile
  readonly #log: (object: object, at: bigint) => void
  #missing = 0

  constructor(file: RotatingFile, log: (object: object, at: bigint) => void) {
    this.#file = file
    this.#log = log
  }

  /** Logs an object that stands for so many entries of a time, in nanoseconds since 1970. */
  pass(object: object, at: bigint, entries = 1): void {
    if (this.#file.isFull) {
      this.#missing += entries
      return
    }
    if (this.#missing > 0) {
      const why = `entries that the disk did not take are missing here: ${this.#missing}`
      this.#log({ kind: 'server', what: 'fault', why }, at)
    }
    this.#missing = 0
    this.#log(object, at)
  }
}

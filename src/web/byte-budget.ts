import { UNCOUNTED_BYTES } from './http-limits.js'

/** Memory that many requests share. Of each body and each response, only what exceeds `UNCOUNTED_BYTES` counts. */
export class ByteBudget {
  readonly #mostBytes: number
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Takes the memory for a body that grows, unless there is too little. Returns whether it was taken. */
  take(bytes: number, before = 0): boolean {
    const more = countOf(bytes) - countOf(before)
    if (more > 0 && this.#bytes + more > this.#mostBytes) return false
    this.#bytes += more
    return true
  }

  /** Gives the memory of a body back. */
  give(bytes: number): void {
    this.#bytes -= countOf(bytes)
  }
}

function countOf(bytes: number): number {
  return Math.max(0, bytes - UNCOUNTED_BYTES)
}

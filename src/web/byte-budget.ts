/** Memory that many requests share. */
export class ByteBudget {
  readonly #mostBytes: number
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Takes memory, unless there is too little. Returns whether it was taken. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#mostBytes) return false
    this.#bytes += bytes
    return true
  }

  /** Gives memory back. */
  give(bytes: number): void {
    this.#bytes -= bytes
  }
}

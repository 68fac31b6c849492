const LF = 0x0a
const CR = 0x0d

/**
 * Finds where replies end in what a server sends, cut into chunks anywhere, without making anything of them. The reply to a report, and a
 * refusal, is one line; the reply to a question goes on until an empty line. Empty lines between replies are skipped.
 */
export class ReplyScanner {
  readonly #accepts: number
  /** The first byte of the current reply; 0 before it. */
  #first = 0
  /** Whether the current line has a byte before its LF. */
  #hasText = false
  /** Whether the last reply that ended was a refusal. */
  isRefusal = false

  /** `accepts` is the first byte of a reply that is not a refusal. */
  constructor(accepts: number) {
    this.#accepts = accepts
  }

  /** Scans on at `at`; returns where the current reply ends, or -1 if it goes on beyond `length`. */
  next(bytes: Uint8Array, at: number, length: number, isQuestion: boolean): number {
    let end = at
    while (end < length) {
      if (this.#first === 0) {
        const byte = bytes[end] as number
        // Some servers send an empty line after a refusal.
        if (byte === LF || byte === CR) {
          end += 1
          continue
        }
        this.#first = byte
      }
      const lineStart = end
      while (end < length && bytes[end] !== LF) end += 1
      this.#hasText ||= end > lineStart
      if (end === length) return -1
      end += 1
      const isLast = !this.#hasText || !isQuestion || this.#first !== this.#accepts
      this.#hasText = false
      if (!isLast) continue
      this.isRefusal = this.#first !== this.#accepts
      this.#first = 0
      return end
    }
    return -1
  }
}

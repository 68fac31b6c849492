/**
 * The most bytes of a command line, its line end not counted. The longest honest command is a few hundred bytes;
 * the rest is room for long client IDs.
 */
export const MAX_LINE_BYTES = 4_096

/** How much of an overlong line is kept, to tell its sender which one it was. */
export const OVERLONG_HEAD_BYTES = 64

/**
 * How many pieces of an unfinished line are kept apart before they are joined. Text to which a piece is added keeps it as a piece in
 * V8, with 32 bytes beside it: whoever sends a byte at a time would take 130 KB for a line of 4 KB.
 */
const MAX_PIECES = 32

export type Line =
  { readonly kind: 'line'; readonly text: string } | { readonly kind: 'overlong'; readonly head: string }

/**
 * Cuts a stream of latin1 text into lines, wherever the network cut it into pieces. Only LF ends a line. Memory is bounded:
 * a line over the limit is told once, as soon as it is over, and skipped to its end.
 */
export class LineSplitter {
  /** The most bytes of a line. */
  maxBytes: number
  #unfinished = ''
  #pieces: string[] = []
  #length = 0
  #skipping = false

  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.maxBytes = maxBytes
  }

  /** Takes what has arrived; gives the lines that are now whole, in order. */
  push(text: string): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#extend(text.slice(start, end), lines)
      this.#finish(lines)
      start = end + 1
    }
    if (start < text.length) this.#extend(text.slice(start), lines)
    return lines
  }

  /** The sender is done: what is left without a line end is a last line. */
  end(): Line[] {
    const lines: Line[] = []
    if (this.#length > 0) this.#finish(lines)
    return lines
  }

  #extend(piece: string, lines: Line[]): void {
    if (this.#skipping) return
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#pieces.length === MAX_PIECES) this.#join()
    if (this.#length <= this.maxBytes) return
    lines.push({ kind: 'overlong', head: this.#take().slice(0, OVERLONG_HEAD_BYTES) })
    this.#skipping = true
  }

  #finish(lines: Line[]): void {
    if (!this.#skipping) lines.push({ kind: 'line', text: this.#take() })
    this.#skipping = false
  }

  #join(): void {
    this.#unfinished += this.#pieces.join('')
    this.#pieces = []
  }

  #take(): string {
    this.#join()
    const text = this.#unfinished
    this.#unfinished = ''
    this.#length = 0
    return text
  }
}

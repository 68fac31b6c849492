/**
 * How much of what a peer has sent is read in one turn, before all others have theirs: so many lines, some of them dear, or
 * so many bytes. About a millisecond of work, which is what a client waits for each other that floods the server.
 */
export const LINES_PER_TURN = 64
export const BYTES_PER_TURN = 8 * 1024

const LF = 0x0a

/** What has come over a connection and waits to be read, a turn at a time. */
export class Unread {
  readonly #chunks: Buffer[] = []
  // How much of the first chunk has been read.
  #start = 0
  #length = 0

  /** How many bytes wait. */
  get length(): number {
    return this.#length
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** What is to be read in one turn, as latin1 text; none if nothing waits. */
  take(): string {
    const [chunk] = this.#chunks
    if (!chunk) return ''
    const start = this.#start
    const end = endOfTurn(chunk, start)
    this.#length -= end - start
    this.#start = end
    if (end === chunk.length) {
      this.#chunks.shift()
      this.#start = 0
    }
    return chunk.toString('latin1', start, end)
  }
}

function endOfTurn(chunk: Buffer, start: number): number {
  const limit = Math.min(chunk.length, start + BYTES_PER_TURN)
  // So few bytes are not too many lines, and most that comes is as short.
  if (limit - start <= LINES_PER_TURN) return limit
  let end = start
  for (let lines = 0; lines < LINES_PER_TURN; lines += 1) {
    const lineEnd = chunk.indexOf(LF, end)
    if (lineEnd === -1 || lineEnd >= limit) return limit
    end = lineEnd + 1
  }
  return end
}

import { open, type FileHandle } from 'node:fs/promises'
import { LineReader } from '../protocol/lines.js'
import { undefinedIfMissing } from './rotated-files.js'

/** How much is read in one call. */
const CHUNK_BYTES = 64 * 1024

/** The longest entry is a reply with 4 MiB of places, in which JSON writes each byte with at most six. */
const MAX_LOG_LINE_BYTES = 32 * 1024 * 1024

/** How many bytes identify the content of a file: they include the time of its first entry. */
const HEAD_BYTES = 64

const NOTHING = Buffer.alloc(0)

/** One of the files of a log, open for reading. It may grow, be renamed, removed or truncated meanwhile. */
export class LogFile {
  readonly ino: number
  /** The size when the file was opened, and when it had been modified. */
  readonly size: number
  readonly mtimeMs: number
  readonly #handle: FileHandle
  #lines = new LineReader(MAX_LOG_LINE_BYTES)
  #position = 0
  /** The first bytes, if the file is read from its start. Others in their place show that it was truncated and has grown again. */
  #head = NOTHING
  #isInLine = false

  private constructor(handle: FileHandle, { ino, size, mtimeMs }: Pick<LogFile, 'ino' | 'size' | 'mtimeMs'>) {
    this.#handle = handle
    this.ino = ino
    this.size = size
    this.mtimeMs = mtimeMs
  }

  /** Opens a file. Resolves to undefined if there is none. */
  static async open(path: string): Promise<LogFile | undefined> {
    const handle = await undefinedIfMissing(open(path))
    return handle && new LogFile(handle, await handle.stat())
  }

  /** Skips what ends before this position, and a line that does not start after it. Called before the first read. */
  skipTo(position: number): void {
    // The line end before it shows that a line starts at this position.
    this.#position = position - 1
    this.#isInLine = true
  }

  /** Reads on. Resolves to a reader that has the next lines, possibly none; to undefined at the end of what is written. */
  async read(): Promise<LineReader | undefined> {
    const chunk = await this.#readAt(this.#position, CHUNK_BYTES)
    // Checked after the chunk was read: whatever comes later, the chunk is of the file that the head is of.
    const head = await this.#readAt(0, this.#head.length)
    if (!head.equals(this.#head)) return this.#startAgain(0)
    if (chunk.length === 0) {
      const { size } = await this.#handle.stat()
      return size < this.#position ? this.#startAgain(size) : undefined
    }
    if (this.#head.length === this.#position)
      this.#head = Buffer.concat([this.#head, chunk]).subarray(0, HEAD_BYTES)
    this.#position += chunk.length
    this.#lines.push(chunk)
    if (this.#isInLine) this.#isInLine = !this.#lines.next()
    return this.#lines
  }

  /** When it was last modified. */
  async modifiedMs(): Promise<number> {
    return (await this.#handle.stat()).mtimeMs
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  /** The file was truncated: what was read of its last line is not part of what follows. */
  #startAgain(position: number): Promise<LineReader | undefined> {
    this.#lines = new LineReader(MAX_LOG_LINE_BYTES)
    this.#position = position
    if (position === 0) this.#head = NOTHING
    return this.read()
  }

  async #readAt(position: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  }
}

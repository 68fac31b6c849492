import { open, type FileHandle } from 'node:fs/promises'
import { PersonError } from '../person-error.js'
import { LineReader, textOf } from '../protocol/lines.js'
import { decodeUtf8, type LoggedEntry, parseEntry } from './entry.js'
import { FILES_KEPT, rotatedPath, undefinedIfMissing } from './rotated-files.js'
import { fileErrorText } from './file-error-text.js'

/** An entry of a log, with the line of JSON that it was parsed from. */
export interface LogLine extends LoggedEntry {
  readonly text: string
}

/** How much is read in one call. */
const CHUNK_BYTES = 64 * 1024

/** The longest entry is a reply with 4 MiB of places, in which JSON writes each byte with at most six. */
const MAX_LOG_LINE_BYTES = 32 * 1024 * 1024

const NOTHING = Buffer.alloc(0)

interface LogFile {
  readonly handle: FileHandle
  readonly ino: number
  readonly lines: LineReader
  position: number
}

/**
 * Reads the log of one server from its oldest file to its newest. It can go on while the log grows, is rotated, removed or truncated. A line
 * is read once it ends in LF. `onForeign` is called for each line that is not an entry.
 */
export class LogReader {
  readonly #path: string
  readonly #since: string
  readonly #onForeign: () => void
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  // The oldest comes first. Only the last one still grows.
  readonly #files: LogFile[] = []

  /** Skips entries with a time before `since`. */
  constructor(path: string, since: string, onForeign: () => void) {
    this.#path = path
    this.#since = since
    this.#onForeign = onForeign
  }

  /**
   * Returns the next few entries, possibly none; undefined when everything written so far has been read. Rejects with a PersonError if the log
   * cannot be read.
   */
  async read(): Promise<LogLine[] | undefined> {
    try {
      for (;;) {
        const [file] = this.#files
        const chunk = file ? await this.#readChunk(file) : NOTHING
        if (file && chunk.length > 0) {
          file.lines.push(chunk)
          return this.#entriesIn(file.lines)
        }
        // Once there is a newer file, nothing is written to the older one.
        if (file && this.#files.length > 1) {
          this.#files.shift()
          await file.handle.close()
        } else if (!(await this.#findNewer())) return undefined
      }
    } catch (error) {
      const why = fileErrorText(error as NodeJS.ErrnoException)
      throw new PersonError(`the log ${this.#path} cannot be read: ${why}`)
    }
  }

  /** Closes the files. */
  async close(): Promise<void> {
    for (const { handle } of this.#files) await handle.close()
  }

  async #readChunk(file: LogFile): Promise<Buffer> {
    const { bytesRead } = await file.handle.read(this.#buffer, 0, CHUNK_BYTES, file.position)
    file.position += bytesRead
    return Buffer.from(this.#buffer.subarray(0, bytesRead))
  }

  #entriesIn(lines: LineReader): LogLine[] {
    const entries: LogLine[] = []
    while (lines.next()) {
      const text = decodeUtf8(textOf(lines)) ?? ''
      const logged = parseEntry(text)
      if (!logged) this.#onForeign()
      else if (logged.time >= this.#since) entries.push({ text, ...logged })
    }
    return entries
  }

  // Files are renamed from newer to older names. Looking from the newest to the oldest, we may see a file twice, but miss none.
  async #findNewer(): Promise<boolean> {
    const current = this.#files.at(-1)
    const known = this.#files.length
    const since = current ? (await current.handle.stat()).mtimeMs : Date.parse(this.#since)
    for (let age = 0; age < FILES_KEPT; age += 1) {
      const handle = await undefinedIfMissing(open(rotatedPath(this.#path, age)))
      if (!handle) continue
      const { ino, size, mtimeMs } = await handle.stat()
      // A file that is shorter than what was read of it was truncated, and is read from its start.
      const isCurrent = ino === current?.ino && size >= current.position
      const isSeenTwice = ino === this.#files[known]?.ino
      if (isCurrent || isSeenTwice || mtimeMs < since) await handle.close()
      else
        this.#files.splice(known, 0, {
          handle,
          ino,
          lines: new LineReader(MAX_LOG_LINE_BYTES),
          position: 0,
        })
      if (isCurrent || mtimeMs < since) break
    }
    return this.#files.length > known
  }
}

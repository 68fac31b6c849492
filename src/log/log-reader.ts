import { open, type FileHandle } from 'node:fs/promises'
import { PersonError } from '../person-error.js'
import { LineReader, textOf } from '../protocol/lines.js'
import { decodeUtf8, type LoggedEntry, parseEntry, formatEntry } from './entry.js'
import { FILES_KEPT, rotatedPath, undefinedIfMissing } from './rotated-files.js'
import { fileErrorText } from './file-error-text.js'

/** An entry of a log, also as JSON. */
export interface LogLine extends LoggedEntry {
  readonly text: string
}

/** What is read at once. */
const CHUNK_BYTES = 64 * 1024

/** A longer line is no entry: the longest is a reply with 4 MiB of places, each byte written with six at most. */
const MAX_LOG_LINE_BYTES = 32 * 1024 * 1024

const NOTHING = Buffer.alloc(0)

interface LogFile {
  readonly handle: FileHandle
  readonly ino: number
  readonly lines: LineReader
  position: number
}

/**
 * Reads the log of one server from its oldest file to its newest, and on as it grows, is rotated, removed or begun again. Only
 * what ends in LF is a line. Of lines that are no entries `onForeign` is told.
 */
export class LogReader {
  readonly #path: string
  readonly #since: string
  readonly #onForeign: () => void
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  // Oldest first. Only the last one still grows.
  readonly #files: LogFile[] = []

  /** `since` is the least time of the entries wanted. */
  constructor(path: string, since: string, onForeign: () => void) {
    this.#path = path
    this.#since = since
    this.#onForeign = onForeign
  }

  /**
   * The next few entries, perhaps none; undefined when all that is written so far has been read. Rejects with a PersonError
   * when the log cannot be read.
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
        // Once there is a newer file, nothing more is written to the older.
        if (file && this.#files.length > 1) {
          this.#files.shift()
          await file.handle.close()
        } else if (!(await this.#findNewer())) return undefined
      }
    } catch (error) {
      const words = fileErrorText(error as NodeJS.ErrnoException)
      throw new PersonError(`the log ${this.#path} cannot be read: ${words}`)
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
      if (logged.length === 0) this.#onForeign()
      for (const each of logged)
        if (each.time >= this.#since)
          entries.push({ text: logged.length === 1 ? text : formatEntry(each), ...each })
    }
    return entries
  }

  // From the newest, as files are renamed towards the oldest: one that is renamed meanwhile is met twice, and none is missed.
  async #findNewer(): Promise<boolean> {
    const current = this.#files.at(-1)
    const known = this.#files.length
    const since = current ? (await current.handle.stat()).mtimeMs : Date.parse(this.#since)
    for (let age = 0; age < FILES_KEPT; age += 1) {
      const handle = await undefinedIfMissing(open(rotatedPath(this.#path, age)))
      if (!handle) continue
      const { ino, size, mtimeMs } = await handle.stat()
      // The file we have is new again if it was emptied.
      const isCurrent = ino === current?.ino && size >= current.position
      const isMetTwice = ino === this.#files[known]?.ino
      if (isCurrent || isMetTwice || mtimeMs < since) await handle.close()
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

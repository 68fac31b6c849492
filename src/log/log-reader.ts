import { stat } from 'node:fs/promises'
import { PersonError } from '../person-error.js'
import { spells, toText } from '../protocol/bytes.js'
import { textOf, type Line, type LineReader } from '../protocol/lines.js'
import { decodeUtf8, type LoggedEntry } from './entry.js'
import { fileErrorText } from './file-error-text.js'
import { LogFile } from './log-file.js'
import { parseEntry } from './parse-entry.js'
import { FILES_KEPT, rotatedPath, undefinedIfMissing } from './rotated-files.js'

/** An entry of a log, with the line of JSON that it was parsed from. */
export interface LogLine extends LoggedEntry {
  readonly text: string
}

/** Which entries of a log are read. Times are text, as in entries. */
export interface LogRange {
  /** Entries of an earlier time are skipped, unless they are logged after everything was read once. */
  readonly since: string
  /** Entries of a later time are skipped. */
  readonly until: string
}

/** Where a log is read from, if not from its start. */
export interface LogStart {
  /** The inode of the oldest file that is read, and the position in it. */
  readonly ino: number
  readonly position: number
}

/** Sorts after every time. */
export const END_OF_TIME = '~'

/** How often the files are looked up again if they are rotated meanwhile. A rotation takes at least 10 MiB of log. */
const MAX_LOOKS = 10

/** By how much entries may be later than the last change of their file, because the clock was set back while it was written. */
const MAX_SET_BACK_MS = 24 * 60 * 60 * 1_000

const TIME_KEY = '{"time":"'
const TIME_LENGTH = '2026-10-05T20:32:03.123456Z'.length

/**
 * Reads the log of one server from its oldest file to its newest. It can go on while the log grows, is rotated, removed or truncated. A line
 * is read once it ends in LF. `onForeign` is called for each line that is not an entry.
 */
export class LogReader {
  readonly #path: string
  readonly #until: string
  readonly #onForeign: () => void
  readonly #from: number | LogStart
  #since: string
  #start: LogStart | undefined
  #first: LogLine | undefined
  // The oldest comes first. Only the last one still grows.
  readonly #files: LogFile[] = []

  /** Of what is in the files at first, reads only the newest `from` bytes, or what follows that start. */
  constructor(
    path: string,
    { since, until }: LogRange,
    onForeign: () => void,
    from: number | LogStart = Infinity,
  ) {
    this.#path = path
    this.#since = since
    this.#until = until
    this.#onForeign = onForeign
    this.#from = from
  }

  /** Where reading has started; undefined if at the start of the log. */
  get start(): LogStart | undefined {
    return this.#start
  }

  /** The first entry that was read. */
  get first(): LogLine | undefined {
    return this.#first
  }

  /**
   * Returns the next few entries, possibly none; undefined when everything written so far has been read. Rejects with a PersonError if the log
   * cannot be read.
   */
  async read(): Promise<LogLine[] | undefined> {
    try {
      for (;;) {
        const [file] = this.#files
        const lines = await file?.read()
        if (lines) return this.#entriesIn(lines)
        // Once there is a newer file, nothing is written to the older one.
        if (file && this.#files.length > 1) {
          this.#files.shift()
          await file.close()
        } else if (!(await this.#findNewer())) {
          // What is logged from now on is not old, whatever its time: the clock may be set back.
          this.#since = ''
          return undefined
        }
      }
    } catch (error) {
      const why = fileErrorText(error as NodeJS.ErrnoException)
      throw new PersonError(`the log ${this.#path} cannot be read: ${why}`)
    }
  }

  /** Closes the files. */
  async close(): Promise<void> {
    await closeAll(this.#files)
  }

  #entriesIn(lines: LineReader): LogLine[] {
    const entries: LogLine[] = []
    while (lines.next()) {
      if (this.#isSkipped(lines)) continue
      const text = decodeUtf8(textOf(lines)) ?? ''
      const logged = parseEntry(text)
      if (logged) entries.push({ text, ...logged })
      else this.#onForeign()
    }
    this.#first ??= entries[0]
    return entries
  }

  /** Whether a line has a time outside the range. Parsing it would take far longer than this. */
  #isSkipped({ bytes, start }: Line): boolean {
    const timeStart = start + TIME_KEY.length
    if (!spells(bytes, start, timeStart, TIME_KEY)) return false
    const time = toText(bytes, timeStart, timeStart + TIME_LENGTH)
    return time < this.#since || time > this.#until
  }

  /** Finds the files that are newer than the last known one. Returns whether there are any. */
  async #findNewer(): Promise<boolean> {
    let found: LogFile[] = []
    let newest: number | undefined
    let looks = 0
    do {
      await closeAll(found)
      newest = await this.#newest()
      found = await this.#look()
      looks += 1
      // If another file is the newest by now, files were renamed meanwhile, and those found may be in the wrong order.
    } while (looks < MAX_LOOKS && newest !== (await this.#newest()))
    this.#files.push(...(await this.#limit(found)).reverse())
    return found.length > 0
  }

  /** The inode of the newest file. */
  async #newest(): Promise<number | undefined> {
    return (await undefinedIfMissing(stat(this.#path)))?.ino
  }

  /** Opens the files that are newer than the last known one, newest first. */
  async #look(): Promise<LogFile[]> {
    const current = this.#files.at(-1)
    const found: LogFile[] = []
    for (let age = 0; age < FILES_KEPT; age += 1) {
      const file = await LogFile.open(rotatedPath(this.#path, age))
      const isCurrent = file !== undefined && file.ino === current?.ino
      // Files are renamed from newer to older names, so one may be seen twice.
      if (!file || isCurrent || file.ino === found.at(-1)?.ino) await file?.close()
      else found.push(file)
      if (isCurrent) return found
    }
    // The last known file is gone. Only its time says which others are older.
    if (current) return keepNewer(found, await current.modifiedMs(), 0)
    return keepNewer(found, Date.parse(this.#since) - MAX_SET_BACK_MS, 1)
  }

  /** Closes the files that are not read at first, and skips what is not read of the oldest that remains. */
  async #limit(found: LogFile[]): Promise<LogFile[]> {
    const start = this.#files.length > 0 ? undefined : startIn(found, this.#from)
    const oldest = found.findIndex(({ ino }) => ino === start?.ino)
    // If the file with the start is gone, what is left comes after it.
    if (!start || oldest === -1) return found
    this.#start = start
    found[oldest]?.skipTo(start.position)
    await closeAll(found.splice(oldest + 1))
    return found
  }
}

/** Where the newest `from` bytes of files start, newest first; undefined if they are all there is. */
function startIn(found: readonly LogFile[], from: number | LogStart): LogStart | undefined {
  if (typeof from === 'object') return from
  let left = from
  const oldest = found.find((file) => (left -= file.size) < 0)
  return oldest && { ino: oldest.ino, position: -left }
}

/** Closes the files from the first that was modified before a time, but keeps the newest `kept` anyway. */
async function keepNewer(found: LogFile[], since: number, kept: number): Promise<LogFile[]> {
  const older = found.findIndex(({ mtimeMs }, index) => index >= kept && mtimeMs < since)
  if (older !== -1) await closeAll(found.splice(older))
  return found
}

async function closeAll(files: readonly LogFile[]): Promise<void> {
  for (const file of files) await file.close()
}

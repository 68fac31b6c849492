import { appendFileSync, mkdirSync, type Stats } from 'node:fs'
import { mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ByteWriter } from '../protocol/bytes.js'
import { FILES_KEPT, rotatedPath, LOG_FOLDER, undefinedIfMissing } from './rotated-files.js'
import { fileErrorText } from './file-error-text.js'

/** How long text waits for more to be written with it: whoever follows a log should hardly notice. */
const FLUSH_INTERVAL_MS = 100

/** Text is written at once when there is so much: then the cost of a write hardly counts, and with the last of it a chunk takes 256 KiB. */
const CHUNK_BYTES = 192 * 1024

/** So many chunks that are written are kept, to be filled again: one or two wait while one is filled. */
const MAX_SPARE_CHUNKS = 2

/** What may wait for a disk that is slow or full: memory is for the herd. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** A size that any editor still opens. */
const MAX_FILE_BYTES = 10 * 1024 * 1024

/** A disk that does not answer must not keep a server from stopping. */
const FLUSH_TIMEOUT_MS = 1_000

const openFiles = new Set<RotatingFile>()

// Before all other listeners, because one of them may end the process.
process.prependListener('exit', () => {
  for (const file of openFiles) file.writeAtExit()
})

export interface RotatingFileEvents {
  /** Told in words why text cannot be written: once, until it can be again. */
  readonly onFault: (words: string) => void
  /** Told in words when the file is written again after a fault, or is a new one because the old one was missing. May write to the file. */
  readonly onResumed?: (words: string) => void
  /** The last chance to write, when the process exits. */
  readonly onExit?: () => void
}

/**
 * A file that text is appended to in the background; when full it is renamed and a new one begun, always between two texts.
 * What cannot be written is kept and tried again.
 *
 * The file is opened anew for each write, so text goes to the file that has the name now, also after the old one was moved or removed. A
 * folder that was removed is made again.
 * Pino's own destination (SonicBoom) will not do: with a full disk it never lets the process exit, and when a new file cannot
 * be opened it later closes the descriptor of the old one twice, which by then can be somebody's socket.
 */
export class RotatingFile {
  readonly #path: string
  readonly #events: RotatingFileEvents
  #filling = new ByteWriter()
  readonly #chunks: ByteWriter[] = []
  // What was written last is filled again: were it left to the garbage, that would be collected several times a second.
  readonly #spare: ByteWriter[] = []
  #waitingBytes = 0
  // How much of the first chunk is written.
  #offset = 0
  #written = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  /** Whether anything was written to the file that has the name. If there is none after that, it was removed or moved. */
  #isBegun = false
  /** Whether the file was missing, which has not been told yet. */
  #isReplaced = false
  /** Why text could not be written, until it can be again. */
  #fault: string | undefined

  constructor(path: string, events: RotatingFileEvents) {
    this.#path = path
    this.#events = events
    openFiles.add(this)
  }

  /** Whether so much waits already that no more should be written. */
  get isFull(): boolean {
    return this.#waitingBytes >= MAX_WAITING_BYTES
  }

  /** Appends whole lines, soon. Bytes are valid during the call only. */
  write(lines: string | Buffer): void {
    const bytes = typeof lines === 'string' ? Buffer.from(lines) : lines
    this.#filling.copy(bytes, 0, bytes.length)
    if (this.#filling.length < CHUNK_BYTES) {
      this.#writeSoon()
      return
    }
    this.#seal()
    void this.#writeNow()
  }

  /** Resolves when all is written, or cannot be, or after 1 s. */
  async flush(): Promise<void> {
    const timeout = new AbortController()
    await Promise.race([this.#writeNow(), delay(FLUSH_TIMEOUT_MS, undefined, timeout)])
    timeout.abort()
  }

  /** As `flush`; what is not written then is given up. */
  async close(): Promise<void> {
    await this.flush()
    openFiles.delete(this)
    clearTimeout(this.#timer)
  }

  /** Writes what waits while the process exits. Of what was under way nothing is known: rather twice than never. */
  writeAtExit(): void {
    this.#events.onExit?.()
    this.#seal()
    try {
      mkdirSync(dirname(this.#path), LOG_FOLDER)
      appendFileSync(this.#path, Buffer.concat(this.#chunks.map(written)).subarray(this.#offset))
    } catch {
      // There is nobody left to be told.
    }
  }

  #writeSoon(): void {
    if (openFiles.has(this)) this.#timer ??= setTimeout(() => void this.#writeNow(), FLUSH_INTERVAL_MS)
  }

  #writeNow(): Promise<void> {
    this.#written = this.#written.then(() => this.#writeChunks())
    return this.#written
  }

  #seal(): void {
    if (this.#filling.length === 0) return
    this.#chunks.push(this.#filling)
    this.#waitingBytes += this.#filling.length
    this.#filling = this.#spare.pop() ?? new ByteWriter()
  }

  async #writeChunks(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      await this.#writeSealed()
      // Not before: while a disk is full, each try would make a chunk of little text, and a chunk takes more memory than that.
      this.#seal()
      await this.#writeSealed()
      if (this.#resumed()) {
        this.#seal()
        await this.#writeSealed()
      }
    } catch (error) {
      const words = fileErrorText(error as NodeJS.ErrnoException)
      if (this.#fault === undefined) this.#events.onFault(words)
      this.#fault ??= words
      this.#writeSoon()
    }
  }

  /** Tells when the file is written again, or is a new one; gives whether it has. */
  #resumed(): boolean {
    const words = this.#isReplaced
      ? 'the log was removed or moved away, and goes on in a new file'
      : this.#fault === undefined
        ? undefined
        : `the log is written again; it could not be: ${this.#fault}`
    this.#isReplaced = false
    this.#fault = undefined
    if (words !== undefined) this.#events.onResumed?.(words)
    return words !== undefined
  }

  async #writeSealed(): Promise<void> {
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      await this.#append(written(chunk))
      this.#chunks.shift()
      this.#offset = 0
      this.#waitingBytes -= chunk.length
      chunk.length = 0
      if (this.#spare.length < MAX_SPARE_CHUNKS) this.#spare.push(chunk)
    }
  }

  async #append(chunk: Buffer): Promise<void> {
    const stats = await undefinedIfMissing(stat(this.#path))
    if (!stats) await this.#begin()
    // The rest of a chunk belongs in the file that has its beginning.
    else if (this.#offset === 0 && isFull(stats)) await this.#rotate()
    const file = await open(this.#path, 'a')
    try {
      while (this.#offset < chunk.length) {
        const { bytesWritten } = await file.write(chunk, this.#offset)
        this.#offset += bytesWritten
      }
      this.#isBegun = true
    } finally {
      await file.close()
    }
  }

  async #begin(): Promise<void> {
    await mkdir(dirname(this.#path), LOG_FOLDER)
    this.#isReplaced ||= this.#isBegun
    this.#offset = 0
  }

  async #rotate(): Promise<void> {
    for (let age = FILES_KEPT - 1; age > 0; age -= 1)
      await undefinedIfMissing(rename(rotatedPath(this.#path, age - 1), rotatedPath(this.#path, age)))
    this.#isBegun = false
  }
}

function written({ bytes, length }: ByteWriter): Buffer {
  return bytes.subarray(0, length)
}

function isFull(stats: Stats): boolean {
  // Only a file is rotated, not a device that a link in its place leads to.
  return stats.isFile() && stats.size >= MAX_FILE_BYTES
}

import { appendFileSync, mkdirSync, type Stats } from 'node:fs'
import { open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ByteWriter } from '../protocol/bytes.js'
import { FILES_KEPT, rotatedPath, LOG_FOLDER, undefinedIfMissing } from './rotated-files.js'
import { fileErrorText } from './file-error-text.js'
import { makeFolder } from './make-folder.js'

/** How long text is gathered before it is written: a reader who follows the log hardly notices. */
const FLUSH_INTERVAL_MS = 100

/**
 * This much text is written without waiting for the interval. Each write opens and closes the file, which takes main-thread time: with 192 KiB,
 * a busy log cost about 100 ns per line more. A chunk that exceeds this by one line fits in 512 KiB.
 */
const CHUNK_BYTES = 448 * 1024

/** How many written chunks are kept for reuse: usually one or two wait for the disk while another is filled. */
const MAX_SPARE_CHUNKS = 2

/** How much text may wait for a disk that is slow or full. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** A file of this size still opens in any editor. */
const MAX_FILE_BYTES = 10 * 1024 * 1024

/** A disk that does not answer must not keep a server from stopping. */
const FLUSH_TIMEOUT_MS = 1_000

const openFiles = new Set<RotatingFile>()

// This listener comes first, because another one may end the process.
process.prependListener('exit', () => {
  for (const file of openFiles) file.writeAtExit()
})

export interface RotatingFileEvents {
  /** Called with the reason when text cannot be written: once, until writing works again. */
  readonly onFault: (why: string) => void
  /** Called when writing works again after a fault, or when a new file was created because the old one was missing. May write to the file. */
  readonly onResumed?: (why: string) => void
}

/**
 * Appends lines to a file in the background. A full file is renamed and a new one created, always between two lines. Text that cannot be
 * written is kept and retried.
 *
 * The file is opened for each write, so text goes to the file that has the name now, also after the old one was moved or removed. A folder
 * that was removed is created again.
 */
export class RotatingFile {
  readonly #path: string
  readonly #events: RotatingFileEvents
  #filling = new ByteWriter()
  readonly #chunks: ByteWriter[] = []
  // Written chunks are reused. As garbage they would have to be collected several times per second.
  readonly #spare: ByteWriter[] = []
  #waitingBytes = 0
  // How many bytes of the first chunk are written.
  #offset = 0
  #written = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  /** Whether anything was written to the file that has the name now. If it is missing after that, it was removed or moved. */
  #hasWritten = false
  /** Whether the file was missing, which has not been reported yet. */
  #isReplaced = false
  /** Why text cannot be written. Undefined while writing works. */
  #fault: string | undefined

  constructor(path: string, events: RotatingFileEvents) {
    this.#path = path
    this.#events = events
    openFiles.add(this)
  }

  /** Whether too much text waits for the disk to accept more. */
  get isFull(): boolean {
    return this.#waitingBytes >= MAX_WAITING_BYTES
  }

  /** The buffer to append whole lines to. Whoever has done so calls `commit` before anything else runs. */
  get buffer(): ByteWriter {
    return this.#filling
  }

  /** Appends whole lines to the file, soon. */
  write(lines: string): void {
    const bytes = Buffer.from(lines)
    this.#filling.copy(bytes, 0, bytes.length)
    this.commit()
  }

  /** Writes to the file what was appended to `buffer`, soon. */
  commit(): void {
    if (this.#filling.length < CHUNK_BYTES) {
      this.#writeSoon()
      return
    }
    this.#seal()
    void this.#writeNow()
  }

  /** Resolves when everything is written or cannot be written, at the latest after 1 s. */
  async flush(): Promise<void> {
    const timeout = new AbortController()
    await Promise.race([this.#writeNow(), delay(FLUSH_TIMEOUT_MS, undefined, timeout)])
    timeout.abort()
  }

  /** Flushes, and drops what is not written then. */
  async close(): Promise<void> {
    await this.flush()
    openFiles.delete(this)
    clearTimeout(this.#timer)
  }

  /** Writes what waits while the process exits. A write that is in progress is repeated, as its outcome is unknown. */
  writeAtExit(): void {
    this.#seal()
    try {
      mkdirSync(dirname(this.#path), LOG_FOLDER)
      appendFileSync(this.#path, Buffer.concat(this.#chunks.map(bytesOf)).subarray(this.#offset))
    } catch {
      // Nobody is left to report to.
    }
  }

  #writeSoon(): void {
    if (this.#timer || !openFiles.has(this)) return
    this.#timer = setTimeout(() => void this.#writeNow(), FLUSH_INTERVAL_MS)
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
      // Sealing first would, while the disk is full, make a chunk of little text on each retry, and every chunk takes its full size in memory.
      this.#seal()
      await this.#writeSealed()
      if (this.#reportResumed()) {
        this.#seal()
        await this.#writeSealed()
      }
    } catch (error) {
      const why = fileErrorText(error as NodeJS.ErrnoException)
      if (this.#fault === undefined) this.#events.onFault(why)
      this.#fault ??= why
      this.#writeSoon()
    }
  }

  /** Reports that writing works again, or that the file is a new one. Returns whether there was something to report. */
  #reportResumed(): boolean {
    const why = this.#isReplaced
      ? 'the log was removed or moved away, so logging continues in a new file'
      : this.#fault === undefined
        ? undefined
        : `the log can be written again; before, it could not: ${this.#fault}`
    this.#isReplaced = false
    this.#fault = undefined
    if (why !== undefined) this.#events.onResumed?.(why)
    return why !== undefined
  }

  async #writeSealed(): Promise<void> {
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      await this.#append(bytesOf(chunk))
      this.#chunks.shift()
      this.#offset = 0
      this.#waitingBytes -= chunk.length
      chunk.length = 0
      if (this.#spare.length < MAX_SPARE_CHUNKS) this.#spare.push(chunk)
    }
  }

  async #append(chunk: Uint8Array): Promise<void> {
    const stats = await undefinedIfMissing(stat(this.#path))
    if (!stats) await this.#prepareNewFile()
    // The rest of a chunk must go to the same file as its start.
    else if (this.#offset === 0 && isFull(stats)) await this.#rotate()
    const file = await open(this.#path, 'a')
    try {
      while (this.#offset < chunk.length) {
        const { bytesWritten } = await file.write(chunk, this.#offset)
        this.#offset += bytesWritten
      }
      this.#hasWritten = true
    } finally {
      await file.close()
    }
  }

  async #prepareNewFile(): Promise<void> {
    await makeFolder(dirname(this.#path))
    this.#isReplaced ||= this.#hasWritten
    this.#offset = 0
  }

  async #rotate(): Promise<void> {
    for (let age = FILES_KEPT - 1; age > 0; age -= 1)
      await undefinedIfMissing(rename(rotatedPath(this.#path, age - 1), rotatedPath(this.#path, age)))
    this.#hasWritten = false
  }
}

function bytesOf({ bytes, length }: ByteWriter): Uint8Array {
  return bytes.subarray(0, length)
}

function isFull(stats: Stats): boolean {
  // Only a regular file is rotated, not a device that a symbolic link points to.
  return stats.isFile() && stats.size >= MAX_FILE_BYTES
}

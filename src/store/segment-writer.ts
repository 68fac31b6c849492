import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
  type BigIntStats,
} from 'node:fs'
import { promisify } from 'node:util'

const fdatasyncSoon = promisify(fdatasync)

/** Appends to a new file, without waiting: what was written survives the end of the process, and after a `sync` also that of the machine. */
export class SegmentWriter {
  readonly number: number
  readonly path: string
  readonly #fd: number
  readonly stats: BigIntStats
  /** How many bytes of the file are valid. */
  bytes = 0
  /** Whether more than these may be in the file, so that nothing can be appended. */
  isTorn = false

  private constructor(number: number, path: string, fd: number) {
    this.number = number
    this.path = path
    this.#fd = fd
    this.stats = fstatSync(fd, { bigint: true })
  }

  /** Makes the file and writes its first line. Throws an error of files, and then leaves no file. */
  static create(number: number, path: string, header: string): SegmentWriter {
    // Always at the end: if the file is overwritten with another, its size shows that.
    const segment = new SegmentWriter(number, path, openSync(path, 'ax', 0o600))
    try {
      segment.append(Buffer.from(header))
      return segment
    } catch (error) {
      segment.close()
      rmSync(path, { force: true })
      throw error
    }
  }

  /** Appends bytes, all or none. Throws an error of files. */
  append(bytes: Buffer): void {
    let written = 0
    try {
      while (written < bytes.length)
        written += writeSync(this.#fd, bytes, written)
      this.bytes += written
    } catch (error) {
      if (written > 0) this.#truncate()
      throw error
    }
  }

  /** Resolves when all that was written before is on disk. Throws an error of files. */
  async sync(): Promise<void> {
    await fdatasyncSoon(this.#fd)
  }

  /** Whether another process has changed the size of the file. */
  get isCut(): boolean {
    return !this.isTorn && fstatSync(this.#fd).size !== this.bytes
  }

  close(): void {
    closeSync(this.#fd)
  }

  #truncate(): void {
    try {
      ftruncateSync(this.#fd, this.bytes)
    } catch {
      this.isTorn = true
    }
  }
}

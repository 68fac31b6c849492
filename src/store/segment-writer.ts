import { closeSync, fstatSync, openSync, rmSync, writeSync, type BigIntStats } from 'node:fs'
import type { Disk } from './disk.js'

/** Where a segment is made. */
export interface SegmentPlace {
  readonly number: number
  readonly path: string
  readonly disk: Disk
}

/** Appends to a new file, without waiting: what was written survives the end of the process, and after a `sync` also that of the machine. */
export class SegmentWriter {
  readonly number: number
  readonly path: string
  readonly #disk: Disk
  readonly #fd: number
  readonly stats: BigIntStats
  /** How many bytes of the file are valid. */
  bytes = 0
  /** Whether more than these may be in the file, so that nothing can be appended. */
  isTorn = false

  private constructor({ number, path, disk }: SegmentPlace, fd: number) {
    this.number = number
    this.path = path
    this.#disk = disk
    this.#fd = fd
    this.stats = fstatSync(fd, { bigint: true })
  }

  /** Makes the file and writes its first line. Throws an error of files, and then leaves no file. */
  static create(place: SegmentPlace, header: string): SegmentWriter {
    // Always at the end: if the file is overwritten with another, its size shows that.
    const segment = new SegmentWriter(place, openSync(place.path, 'ax', 0o600))
    try {
      segment.append(Buffer.from(header))
      return segment
    } catch (error) {
      segment.close()
      rmSync(place.path, { force: true })
      throw error
    }
  }

  /** Appends bytes, all or none. Throws an error of files. */
  append(bytes: Buffer): void {
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written)
      this.bytes += written
    } catch (error) {
      if (written > 0) this.#truncate()
      throw error
    }
  }

  /** Resolves when all that was written before is on disk. Throws an error of files. */
  async sync(): Promise<void> {
    await this.#disk.sync(this.#fd)
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
      this.#disk.truncate(this.#fd, this.bytes)
    } catch {
      this.isTorn = true
    }
  }
}

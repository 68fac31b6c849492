import { rename, stat } from 'node:fs/promises'
import { journalFile, type DataFolder } from './data-folder.js'
import type { Disk } from './disk.js'
import { formatSegmentHeader, type Predecessor } from './file-header.js'
import type { FolderLock } from './folder-lock.js'
import { removeLevelDb } from './leveldb-import.js'
import { unlessGone } from './pinned-file.js'
import { SegmentWriter } from './segment-writer.js'
import { LostError, UnsyncedError } from './store-errors.js'

/** A log that is no larger than this is not compacted. */
export const MIN_COMPACTED_BYTES = 4 * 1024 * 1024

/** Each start that writes begins a segment. When there are more, they are compacted, however small they are. */
export const MAX_SEGMENTS = 64

/** Whose reports a journal keeps, and where. */
export interface JournalPlace {
  readonly server: string
  readonly folder: DataFolder
  readonly lock: FolderLock
  readonly disk: Disk
}

/** What was found in a folder. */
export interface JournalState {
  /** The names of the files that hold the reports. */
  readonly files: readonly string[]
  /** The number of the newest file, or 0. */
  readonly number: number
  /** The newest file. */
  readonly last: Predecessor | undefined
  readonly snapshotBytes: number
  readonly logBytes: number
  /** Whether something was damaged or missing, or in the format of 0.1.0, and the reports must be written anew. */
  readonly mustCompact: boolean
}

/**
 * The reports of one server on disk: a snapshot, and the segments that were written since. What is written is in the hands of the system at
 * once, and on disk after a sync. See `openJournal`.
 */
export class Journal {
  readonly server: string
  readonly #folder: DataFolder
  readonly #lock: FolderLock
  readonly #disk: Disk
  readonly #needed: Set<string>
  #active: SegmentWriter | undefined
  /** Segments that are complete but perhaps not on disk yet. */
  #retired: SegmentWriter[] = []
  #isFolderSynced = true
  /** The newest file that is complete. */
  #last: Predecessor | undefined
  #number: number
  #segments: number
  #snapshotBytes: number
  #logBytes: number
  #mustCompact: boolean

  constructor({ server, folder, lock, disk }: JournalPlace, state: JournalState) {
    this.server = server
    this.#folder = folder
    this.#lock = lock
    this.#disk = disk
    this.#needed = new Set(state.files)
    this.#segments = state.files.length
    this.#number = state.number
    this.#last = state.last
    this.#snapshotBytes = state.snapshotBytes
    this.#logBytes = state.logBytes
    this.#mustCompact = state.mustCompact
  }

  /** Whether a new snapshot would make it much smaller, or must be written for another reason. */
  get isCompactionDue(): boolean {
    return (
      this.#mustCompact ||
      this.#segments > MAX_SEGMENTS ||
      this.#logBytes > Math.max(MIN_COMPACTED_BYTES, this.#snapshotBytes)
    )
  }

  /** All reports will be written again: the next segment follows no other. */
  beginAnew(): void {
    this.#retire(this.#active)
    this.#last = undefined
  }

  /** Writes a block, wholly or not at all. Throws a LostError or an error of files. */
  append(block: Buffer): void {
    if (this.#active?.isTorn === true) this.#retire(this.#active)
    this.#active ??= this.#begin()
    this.#active.append(block)
    this.#logBytes += block.length
  }

  /**
   * Resolves when all that was written before is on disk. Throws a LostError if it is not in the folder any more, an UnsyncedError if it may
   * be lost.
   */
  async sync(): Promise<void> {
    const segments = this.#active ? [...this.#retired, this.#active] : this.#retired
    const isFolderSynced = this.#isFolderSynced
    this.#isFolderSynced = true
    try {
      for (const segment of segments) await segment.sync()
      if (!isFolderSynced) await this.#folder.sync()
    } catch (cause) {
      this.#isFolderSynced = false
      // The system reports each loss once: a later success would prove nothing.
      this.beginAnew()
      this.#closeRetired(segments)
      throw new UnsyncedError('', { cause })
    }
    this.#closeRetired(segments)
    await this.check()
  }

  /** Throws a LostError unless the folder is locked and all files are in it, as they were written. */
  async check(): Promise<void> {
    const active = this.#active
    const [isLocked, found] = await Promise.all([
      this.#lock.isHeld(),
      active && unlessGone(stat(active.path, { bigint: true })),
      this.#folder.check(this.#needed),
    ])
    if (!isLocked) throw new LostError('the file LOCK in the folder was removed or replaced')
    if (!active) return
    if (found?.ino !== active.stats.ino || found.dev !== active.stats.dev)
      throw new LostError('files in the folder were removed')
    if (active.isCut) throw new LostError('other data were copied over them')
  }

  /**
   * Begins a new segment, and returns the number of a snapshot that may replace all files before. The snapshot has to hold what was
   * written until now.
   */
  rotate(): number {
    this.#retire(this.#active)
    this.#number += 1
    return this.#number
  }

  /** The path of a snapshot that is not complete. */
  pathOfNew(number: number): string {
    return `${this.#folder.pathOf(journalFile(number, 'snapshot'))}.new`
  }

  /** Puts a snapshot, which is on disk, in its place, and removes the files that it replaces. Throws a LostError or an error of files. */
  async replace(number: number, bytes: number, logBytes: number): Promise<void> {
    const file = journalFile(number, 'snapshot')
    await this.check()
    await rename(this.pathOfNew(number), this.#folder.pathOf(file))
    await this.#folder.sync()
    this.#needed.add(file.name)
    const { files, hasLevelDb } = await this.#folder.content()
    const replaced = files.filter((other) => other.number < number)
    for (const { name } of replaced) this.#needed.delete(name)
    for (const old of replaced) await this.#folder.remove(old.name)
    if (hasLevelDb) await removeLevelDb(this.#folder)
    if ((this.#last?.number ?? 0) < number) this.#last = { number, bytes }
    this.#snapshotBytes = bytes
    this.#logBytes -= logBytes
    this.#segments = this.#needed.size
    this.#mustCompact = false
  }

  /** How many bytes the files have. */
  get bytes(): number {
    return this.#snapshotBytes + this.#logBytes
  }

  get logBytes(): number {
    return this.#logBytes
  }

  /** Closes everything and releases the lock. */
  async close(): Promise<void> {
    for (const segment of this.#retired) segment.close()
    this.#active?.close()
    await this.#lock.release()
    await this.#folder.close()
  }

  #begin(): SegmentWriter {
    this.#folder.checkNow()
    const file = journalFile(this.#number + 1, 'journal')
    const header = formatSegmentHeader(this.server, this.#last)
    const place = { number: file.number, path: this.#folder.pathOf(file), disk: this.#disk }
    const segment = SegmentWriter.create(place, header)
    this.#number = file.number
    this.#segments += 1
    this.#needed.add(file.name)
    this.#isFolderSynced = false
    return segment
  }

  /** Closes those of some segments to which nothing is appended any more. */
  #closeRetired(segments: readonly SegmentWriter[]): void {
    for (const segment of this.#retired) if (segments.includes(segment)) segment.close()
    this.#retired = this.#retired.filter((segment) => !segments.includes(segment))
  }

  #retire(segment: SegmentWriter | undefined): void {
    if (!segment) return
    this.#last = { number: segment.number, bytes: segment.bytes }
    this.#retired.push(segment)
    this.#active = undefined
  }
}

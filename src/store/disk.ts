import { fdatasync, ftruncateSync } from 'node:fs'
import { promisify } from 'node:util'
import { FolderLock } from './folder-lock.js'

/** What a journal asks of the system and may be refused: a test passes another one that refuses. */
export interface Disk {
  /** See `FolderLock.take`. */
  readonly takeLock: (folder: string, fd: number) => Promise<FolderLock>
  /** Resolves when what was written to an open file is on disk. */
  readonly sync: (fd: number) => Promise<void>
  readonly truncate: (fd: number, bytes: number) => void
}

/** The disk of this machine. */
export const systemDisk: Disk = {
  takeLock: (folder, fd) => FolderLock.take(folder, fd),
  sync: promisify(fdatasync),
  truncate: ftruncateSync,
}

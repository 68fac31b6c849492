import type { BigIntStats } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'

/** A file or a folder that is kept open, so that no other file can get its inode number while it is compared with the one at its path. */
export class PinnedFile {
  readonly #path: string
  readonly #device: bigint
  readonly #inode: bigint
  readonly handle: FileHandle

  private constructor(path: string, handle: FileHandle, device: bigint, inode: bigint) {
    this.#path = path
    this.handle = handle
    this.#device = device
    this.#inode = inode
  }

  /** Opens what is at a path; `flags` are those of `fs.open`. Throws an error of files. */
  static async open(path: string, flags: string): Promise<PinnedFile> {
    const handle = await open(path, flags)
    const { dev, ino } = await handle.stat({ bigint: true })
    return new PinnedFile(path, handle, dev, ino)
  }

  /** What the system knows of it now; undefined if its path no longer leads to it. Throws an error of files if that cannot be known. */
  async inPlace(): Promise<BigIntStats | undefined> {
    const found = await unlessGone(stat(this.#path, { bigint: true }))
    return this.is(found) ? found : undefined
  }

  /** Whether something that was found at a path is this file. */
  is(found: BigIntStats | undefined): found is BigIntStats {
    return found?.dev === this.#device && found.ino === this.#inode
  }

  close(): Promise<void> {
    return this.handle.close()
  }
}

/** The result of an operation on a path; undefined if nothing is at that path. Other errors pass. */
export async function unlessGone<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // The second: a folder above it is a file now.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

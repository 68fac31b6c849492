import { open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { PersonError } from '../person-error.js'
import { FolderLock } from '../store/folder-lock.js'

/**
 * Locks a log like a data folder, by a socket beside it, until this process ends or calls the function that this resolves to. `onShared` is
 * called if another process has the lock. A file system that has no sockets has no locks.
 */
export async function lockLog(
  path: string,
  onShared: () => void,
): Promise<(() => Promise<void>) | undefined> {
  // A long path of the socket leads through the open folder, also when it is removed.
  const folder = await open(dirname(path))
  try {
    const lock = await FolderLock.take(dirname(path), folder.fd, `${basename(path)}.lock`)
    return async () => {
      await lock.release()
      await folder.close()
    }
  } catch (error) {
    await folder.close()
    if (error instanceof PersonError) onShared()
    return undefined
  }
}

import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** For the owner only. */
const MODE = 0o700

/**
 * Makes a folder and those above it, for their owner only, as far as they are missing. Not with the option `recursive`: below /proc, where no
 * folder can be made, that tries for ever.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path)
  } catch (error) {
    const parent = dirname(path)
    if (!isMissing(error) || parent === path) throw error
    await makeFolder(parent)
    await makeOne(path).catch((again: unknown) => {
      throw isMissing(again) ? new Error(`no folder can be made in ${parent}`) : again
    })
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: MODE })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // Succeeds if it is a folder.
    await mkdir(path, { mode: MODE, recursive: true })
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

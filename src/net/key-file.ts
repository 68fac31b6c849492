import { readFile, stat } from 'node:fs/promises'
import { PersonError } from '../person-error.js'

/** The text of a file that holds something secret, and what a person must be warned of. */
export interface KeyFile {
  readonly text: string
  readonly warnings: string[]
}

/** The permissions of a file that are not its owner's. */
const OTHERS = 0o077

/** Reads a file that only its owner should read, and warns if others may. Throws a PersonError when it cannot be read. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  try {
    const [text, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    return { text, warnings: mode & OTHERS ? [`others may use ${path}: see "chmod 600 ${path}"`] : [] }
  } catch (error) {
    throw new PersonError(`${path} cannot be read: ${(error as Error).message}`)
  }
}

import { readFile, stat } from 'node:fs/promises'
import { PersonError } from '../person-error.js'

/** The text of a file that holds something secret, and what a person must be warned of. */
export interface KeyFile {
  readonly text: string
  readonly warnings: string[]
}

/** The permissions of a file that are not its owner's. */
const OTHERS = 0o077

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
}

/**
 * Reads a file that only its owner should read, and warns if others may. Throws a PersonError when it is empty or cannot be read, which
 * shows nothing of what the file holds.
 */
export async function readKeyFile(path: string): Promise<KeyFile> {
  const { text, mode } = await read(path).catch((error: unknown) => {
    const { code, message } = error as Error & { code: string }
    throw new PersonError(`${path} cannot be read: ${WORDS[code] ?? message}`)
  })
  if (text.trim() === '') throw new PersonError(`${path} is empty`)
  return { text, warnings: mode & OTHERS ? [`others may use ${path}: see "chmod 600 ${path}"`] : [] }
}

async function read(path: string): Promise<{ text: string; mode: number }> {
  const [text, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
  return { text, mode }
}

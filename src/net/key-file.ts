import { readFile, stat } from 'node:fs/promises'
import { PersonError } from '../person-error.js'

/** The text of a file with a secret, and warnings for people. */
interface KeyFile {
  readonly text: string
  readonly warnings: string[]
}

/** All permissions of the group and of other users. */
const OTHERS = 0o077

const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
}

/**
 * Reads a file that only its owner should have access to, and warns if others have. Throws a PersonError, which shows none of the content, if
 * the file is empty or cannot be read.
 */
export async function readKeyFile(path: string): Promise<KeyFile> {
  const { text, mode } = await read(path).catch((error: unknown) => {
    const { code, message } = error as Error & { code: string }
    throw new PersonError(`${path} cannot be read: ${TEXTS[code] ?? message}`)
  })
  if (text.trim() === '') throw new PersonError(`${path} is empty`)
  return {
    text,
    warnings: mode & OTHERS ? [`other users have access to ${path}: run "chmod 600 ${path}"`] : [],
  }
}

async function read(path: string): Promise<{ text: string; mode: number }> {
  const [text, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
  return { text, mode }
}

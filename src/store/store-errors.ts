import { fileErrorText } from '../log/file-error-text.js'

// What the machine lacks. Any other fault of LevelDB is one of its files.
const LACK = /no space left|quota|file too large|permission denied|too many open|read-only|input\/output/i

/** Damage that LevelDB does not notice. */
export class DamageError extends Error {
  readonly code = 'LEVEL_CORRUPTION'
}

/** What was written cannot be read at the next start: the folder or files in it were removed, replaced or damaged. The message says why. */
export class LostError extends Error {}

/** Whether an error of LevelDB means that its files are in use. */
export function isLocked(error: unknown): boolean {
  return causeOf(error).code === 'LEVEL_LOCKED'
}

/** Whether an error of LevelDB means that its files are damaged. */
export function isDamage(error: unknown): boolean {
  return isOfLevel(error) && !isLocked(error) && !LACK.test(causeOf(error).message)
}

/** What went wrong with a data folder, in words for a person. */
export function faultWords(error: unknown): string {
  const cause = causeOf(error)
  if (!isOfLevel(error)) return fileErrorText(cause)
  // "IO error: data/000012.log: No space left on device"
  const words = cause.message.replace(/^(?:IO error|Corruption|Invalid argument): (?:.*[\\/].*: )?/, '')
  return words.charAt(0).toLowerCase() + words.slice(1)
}

function isOfLevel(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith('LEVEL_')
}

/** Of a database that could not be opened the reason is within. */
function causeOf(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as Error
  return (cause ?? error) as NodeJS.ErrnoException
}

import { fileErrorText } from '../log/file-error-text.js'

/** What was written cannot be read at the next start: the folder or files in it were removed or replaced. The message says why. */
export class LostError extends Error {}

/** What was written may not reach the disk, because the system failed to write it; the cause says why. Everything must be written again. */
export class UnsyncedError extends Error {}

/** Whether an error means that the disk has no room, which may pass. */
export function isFull(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return ['ENOSPC', 'EDQUOT'].includes(code)
}

/** What went wrong with a data folder, in words for a person. */
export function faultWords(error: unknown): string {
  return fileErrorText((error instanceof UnsyncedError ? error.cause : error) as NodeJS.ErrnoException)
}

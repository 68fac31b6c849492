import { PersonError } from '../person-error.js'
import type { Journal } from './journal.js'
import { openJournal } from './open-journal.js'
import { faultWords, isFull } from './store-errors.js'
import type { StoreOptions } from './store-options.js'

/** Takes what is damaged or missing, in words, and how many reports that were, as far as can be seen. */
export type OnLoss = (words: string, reports: number) => void

/**
 * Opens the journal of a folder and takes in what it holds: at the start, for which `onLoss` is given, or again. Throws a PersonError, an
 * error that says that the disk is full, or at the start the reason of the signal.
 */
export async function openFolder(options: StoreOptions, onLoss?: OnLoss): Promise<Journal> {
  const { folder, server, reports, onStart, signal, disk } = options
  // Whatever is damaged or missing is in memory, if it was opened before.
  const again = { onLoss: () => undefined, needsLock: true }
  try {
    return await openJournal({
      folder,
      server,
      disk,
      reports,
      ...(onLoss ? { onLoss, onStart, signal } : again),
    })
  } catch (error) {
    if (error instanceof PersonError || isFull(error) || signal?.aborted === true) throw error
    throw new PersonError(
      `the data in ${folder} cannot be opened: ${faultWords(error)}`,
      'name another folder with --state, or keep nothing on disk with --no-store',
    )
  }
}

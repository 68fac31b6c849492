import { PersonError } from '../person-error.js'
import type { Report } from '../protocol/report.js'
import type { Journal } from './journal.js'
import { openJournal } from './open-journal.js'
import { faultWords, isFull } from './store-errors.js'
import type { StoreOptions } from './store-options.js'

/** Opens the journal of a folder and takes in what it holds. Throws a PersonError, or an error that says that the disk is full. */
export async function openFolder(
  { folder, server, reports, onStart, signal, disk }: StoreOptions,
  onLoss: (words: string, reports: number) => void,
): Promise<Journal> {
  try {
    const onReport = (report: Report): void => {
      reports.receive(report)
    }
    return await openJournal({ folder, server, onReport, onLoss, onStart, signal, disk })
  } catch (error) {
    if (error instanceof PersonError || isFull(error) || signal?.aborted === true) throw error
    throw new PersonError(
      `the data in ${folder} cannot be opened: ${faultWords(error)}`,
      'name another folder with --state, or keep nothing on disk with --no-store',
    )
  }
}

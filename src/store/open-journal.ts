import { damagedReports, damageWords, setAside } from './damage.js'
import { DataFolder, type FolderContent } from './data-folder.js'
import { systemDisk, type Disk } from './disk.js'
import type { FolderLock } from './folder-lock.js'
import { Journal, type JournalState } from './journal.js'
import { importLevelDb } from './leveldb-import.js'
import { loadJournal, type LoadOptions } from './load-journal.js'
import { isFull } from './store-errors.js'

export interface JournalOptions extends LoadOptions {
  /** `…/data/Clark`; it is made if need be. */
  readonly folder: string
  /** The server's name. */
  readonly server: string
  /** Called with a description of what is damaged or missing, and how many reports that were, as far as can be seen. */
  readonly onLoss: (words: string, reports: number) => void
  /** Whether nothing is read unless the folder can be locked: when it has been read before. */
  readonly needsLock?: boolean | undefined
  readonly disk?: Disk | undefined
}

/**
 * Locks the data folder of a server and reads all reports in it. Throws a PersonError if another process has it or it holds anything else, an
 * error of files, or the reason of the signal. If the disk has no room for the lock, it throws, but only after it has read the reports.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { disk = systemDisk } = options
  const folder = await DataFolder.open(options.folder)
  let lock: FolderLock | undefined
  let fault: unknown
  try {
    const content = await folder.content()
    try {
      lock = await disk.takeLock(folder.path, folder.fd)
    } catch (error) {
      if (!isFull(error) || options.needsLock === true) throw error
      fault = error
    }
    const state = await load(folder, content, options)
    if (!lock) throw fault
    const journal = new Journal({ server: options.server, folder, lock, disk }, state)
    // Another process that started at the same time may have taken the lock for a leftover.
    await journal.check()
    return journal
  } catch (error) {
    await lock?.release()
    await folder.close()
    throw error
  }
}

async function load(
  folder: DataFolder,
  { files, hasLevelDb }: FolderContent,
  options: JournalOptions,
): Promise<JournalState> {
  const { server, onLoss } = options
  const imported = hasLevelDb ? await importLevelDb(folder, server, options) : []
  const { damages, missing, sizes } = await loadJournal(folder, server, files, options)
  const snapshot = files.findLast(({ isSnapshot }) => isSnapshot)
  // With a snapshot the conversion was complete, and only some of the old files may be left.
  const losses = [...(snapshot ? [] : imported), ...missing]
  for (const words of losses) onLoss(words, 1)
  for (const damage of damages) {
    onLoss(damageWords(folder.path, damage), damagedReports(damage))
    await setAside(folder.path, damage)
  }
  const last = files.at(-1)
  const log = files.filter(({ number }) => number > (snapshot?.number ?? 0))
  const sizeOf = (number: number): number => sizes.get(number) ?? 0
  return {
    files: files.map(({ name }) => name),
    number: last?.number ?? 0,
    last: last && { number: last.number, bytes: sizeOf(last.number) },
    snapshotBytes: sizeOf(snapshot?.number ?? 0),
    logBytes: log.reduce((sum, { number }) => sum + sizeOf(number), 0),
    mustCompact: hasLevelDb || damages.length + losses.length > 0,
  }
}

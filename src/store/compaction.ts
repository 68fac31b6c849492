import { open, unlink } from 'node:fs/promises'
import type { FollowPolicy } from '../flood/follow-policy.js'
import type { Follower } from '../flood/follower.js'
import type { ClientNumber } from '../memory/numbers.js'
import type { ReportLine } from '../protocol/report.js'
import { BlockWriter } from './block.js'
import { formatSnapshotHeader } from './file-header.js'
import type { Journal } from './journal.js'
import { SNAPSHOT_END } from './load-journal.js'

/** The reports that a snapshot is made of. */
export interface SnapshotReports {
  follow(policy: FollowPolicy): Follower
  /** The line of the newest report of a client, valid until the next is received. */
  lineOf(client: ClientNumber): ReportLine
}

/**
 * Replaces the files of a journal by a snapshot of the newest report of each client, block by block; other work goes on in between. If the
 * process ends before it is done, the old files are still there. Throws a LostError, an error of files, or the reason of the signal.
 */
export async function compact(
  journal: Journal,
  reports: SnapshotReports,
  signal: AbortSignal,
): Promise<void> {
  const number = journal.rotate()
  const { logBytes } = journal
  const path = journal.pathOfNew(number)
  const table = reports.follow({ from: 'all', forgets: true, selects: () => false })
  try {
    await journal.replace(number, await writeSnapshot(path, journal.server, reports, table, signal), logBytes)
  } catch (error) {
    await unlink(path).catch(() => undefined)
    // If the folder is gone, that is the fault.
    await journal.check()
    throw error
  } finally {
    table.cancel()
  }
}

/** Writes the newest report of each client. Returns the size of the file. */
async function writeSnapshot(
  path: string,
  server: string,
  reports: SnapshotReports,
  table: Follower,
  signal: AbortSignal,
): Promise<number> {
  const block = new BlockWriter()
  const file = await open(path, 'w', 0o600)
  try {
    await file.appendFile(formatSnapshotHeader(server))
    let client = table.nextOfTable()
    while (client !== undefined) {
      for (; client !== undefined && block.hasRoom; client = table.nextOfTable())
        block.add(reports.lineOf(client))
      await file.appendFile(block.take())
      signal.throwIfAborted()
    }
    await file.appendFile(SNAPSHOT_END)
    await file.datasync()
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

import type { Entry } from './entry.js'

/** Lines by which neighbours compare and repair their tables and choose trees. */
const SYNC_LINE = /^(?:DIGEST|BUCKETS|HAVE|WANT|LATE|PRUNE|GRAFT|SEEN)(?: |$)/

/** The question of `herd status`, and its reply. */
const STATUS_LINE = /^\s*STATUS\s+(?:proxyherd\s*$|\{)/

/** Whether an entry is of the machinery that keeps servers in sync and shows it, and not of a client or its report. */
export function isSyncEntry(entry: Entry): boolean {
  if (entry.kind === 'client') return entry.isForStatus === true
  if (entry.kind !== 'in' && entry.kind !== 'out') return false
  return (entry.peer === 'neighbour' ? SYNC_LINE : STATUS_LINE).test(entry.line)
}

import { toExcerpt } from '../log/escape-text.js'
import type { AnyServerStatus } from '../net/status-probe.js'
import { formatCount } from '../topology/format-list.js'

/** What a server cannot save on disk, or has lost there, in a line each. */
export function storeFaults({ server, store }: AnyServerStatus): string[] {
  const faults: string[] = []
  if (store?.fault !== undefined)
    faults.push(
      `${server} keeps reports in memory only, ${formatCount(store.unsaved, 'client')} unsaved: ${toExcerpt(store.fault)}`,
    )
  if (isDamaged({ store }))
    faults.push(
      `${server} has lost reports on disk, and its table has not been equal to that of a neighbour since it started`,
    )
  return faults
}

/** Whether a server may lack reports that were damaged on its disk. */
export function isDamaged({ store }: Pick<AnyServerStatus, 'store'>): boolean {
  return store !== undefined && store.lost > 0
}

/** Whether a server should save reports but cannot. */
export function isUnsafe({ store }: AnyServerStatus): boolean {
  return store?.fault !== undefined
}

/** How a server keeps reports: `second`, `commit`, `none`, or `9 unsaved` if it cannot save them. */
export function diskCell({ store }: AnyServerStatus): string {
  if (!store) return '?'
  if (store.fault !== undefined) return `${store.unsaved} unsaved`
  return store.durability === 'memory' ? 'none' : store.durability
}

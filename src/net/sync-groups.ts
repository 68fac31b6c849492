import type { AnyServerStatus } from './status-probe.js'

/**
 * The servers in groups of those that hold the same reports. These have equal digests. Digests of servers with different cutoffs are of
 * different reports, so of two such servers the last comparison of their link decides, which is of what both keep.
 */
export function syncGroups(statuses: readonly AnyServerStatus[]): AnyServerStatus[][] {
  const groups: AnyServerStatus[][] = []
  for (const status of statuses) {
    const same = groups.filter((group) => group.some((other) => areInSync(status, other)))
    for (const group of same) groups.splice(groups.indexOf(group), 1)
    groups.push([...same.flat(), status])
  }
  return groups
}

/** Whether two servers hold the same reports, of those that both keep. */
export function areInSync(a: AnyServerStatus, b: AnyServerStatus): boolean {
  if (a.digest === b.digest) return true
  return cutoffOf(a) !== cutoffOf(b) && (foundEqual(a, b) || foundEqual(b, a))
}

/** Whether the last comparison that a server has made with another one has found no difference. */
function foundEqual({ links }: AnyServerStatus, { server }: AnyServerStatus): boolean {
  return links.some(
    (link) => link.neighbour === server && link.state === 'up' && link.lastComparison?.equal === true,
  )
}

function cutoffOf({ expiry }: AnyServerStatus): number {
  return expiry?.cutoff ?? 0
}

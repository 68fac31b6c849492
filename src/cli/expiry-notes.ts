import { NO_CUTOFF } from '../flood/cutoff.js'
import type { AnyServerStatus } from '../net/status-probe.js'
import { expiryDifference } from '../server/expiry-difference.js'

/** The neighbours of a server that let reports expire sooner or later than it does, in a line each. */
export function expiryNotes({ server, links, expiry }: AnyServerStatus): string[] {
  return links.flatMap((link) =>
    link.state === 'up' && link.expiry?.differs === true
      ? [`${server}: ${expiryDifference(link.neighbour, link.expiry, expiry ?? NO_CUTOFF)}`]
      : [],
  )
}

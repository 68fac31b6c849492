import { toExcerpt } from '../log/escape-text.js'
import type { AnyLinkStatus, AnyServerStatus } from '../net/status-probe.js'

/** What is wrong with the engine that a server is linked to, in a line; none if it has no engine, or one that works. */
export function engineFaults({ server, links }: Pick<AnyServerStatus, 'server' | 'links'>): string[] {
  return links.filter(isBroken).map((link) => {
    const why = 'fault' in link && link.fault !== undefined ? toExcerpt(link.fault) : 'no connection yet'
    return `the engine of ${server}: ${why}`
  })
}

/** Whether all links of a server to engines are up, and these store reports. */
export function hasWorkingEngine({ links }: Pick<AnyServerStatus, 'links'>): boolean {
  return !links.some(isBroken)
}

/** Whether the link of this name is to an engine: the names of servers have no colon. */
export function isEngine(neighbour: string): boolean {
  return neighbour.includes(':')
}

function isBroken(link: AnyLinkStatus): boolean {
  return isEngine(link.neighbour) && (link.state !== 'up' || link.fault !== undefined)
}

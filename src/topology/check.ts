import { addressFindings } from './addresses.js'
import type { Finding } from './finding.js'
import { groupsOf, longestWay, singlePoints, type Group, type SinglePoint } from './reach.js'
import type { Topology } from './topology.js'
import { unknownKeyFindings } from './unknown-keys.js'
import { cutOff, listed } from './words.js'

/** What there is to know about a topology. */
export interface Checked {
  /** One, if every server reaches every other. */
  readonly groups: readonly Group[]
  /** The servers on the longest of the ways that reports take, with both ends. */
  readonly longestWay: readonly string[]
  /** Faults first. */
  readonly findings: readonly Finding[]
}

/** Every link on its way delays a report: with more of them than this, a few links across would make a difference. */
export const LONG_WAY_LINKS = 6

/** Looks at a valid topology for what is wrong with it all the same. */
export function checkTopology(topology: Topology): Checked {
  const groups = groupsOf(topology)
  const way = longestWay(topology)
  const findings = [
    ...splitFindings(groups),
    ...singlePoints(topology).map(singleFinding),
    ...loneFindings(topology),
    ...wayFindings(way),
    ...addressFindings(topology),
    ...unknownKeyFindings(topology),
  ]
  const isFault = ({ level }: Finding): boolean => level === 'fault'
  const faultsFirst = findings.sort((a, b) => Number(isFault(b)) - Number(isFault(a)))
  return { groups, longestWay: way, findings: faultsFirst }
}

function splitFindings(groups: readonly Group[]): Finding[] {
  if (groups.length === 1) return []
  const shown = groups.map((group) => (group.length === 1 ? `${group.join()} (no link)` : listed(group)))
  const words = `not connected: ${groups.length} groups never hear of each other: ${shown.join('; ')}`
  return [{ level: 'fault', kind: 'split', servers: groups.flat(), groups, words }]
}

function singleFinding(point: SinglePoint): Finding {
  const { groups } = point
  switch (point.kind) {
    case 'server': {
      const words = `without ${point.server}, ${cutOff(groups)}`
      return { level: 'warning', kind: 'single-server', servers: [point.server], groups, words }
    }
    case 'link': {
      const words = `without the link ${point.link.join('–')}, ${cutOff(groups)}`
      return { level: 'warning', kind: 'single-link', servers: point.link, groups, words }
    }
  }
}

function loneFindings({ servers }: Topology): Finding[] {
  if (servers.size > 1) return []
  const words = 'a herd of one server: while it is down, nobody can be asked'
  return [{ level: 'warning', kind: 'lone-server', servers: [...servers.keys()], words }]
}

function wayFindings(way: readonly string[]): Finding[] {
  const links = way.length - 1
  if (links <= LONG_WAY_LINKS) return []
  const ends = [way[0], way.at(-1)].join(' to ')
  const words = `a report from ${ends} passes ${links} links, and each delays it: a few links across would help`
  return [{ level: 'warning', kind: 'long-way', servers: way, words }]
}

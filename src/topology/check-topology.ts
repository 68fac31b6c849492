import { addressFindings } from './address-findings.js'
import type { Finding } from './finding.js'
import { groupsOf, longestPath, singlePoints, type Group, type SinglePoint } from './connectivity.js'
import type { Topology } from './topology.js'
import { unknownKeyFindings } from './unknown-keys.js'
import { formatList } from './format-list.js'

/** The result of checking a topology. */
export interface TopologyCheck {
  /** One group if every server reaches every other. */
  readonly groups: readonly Group[]
  /** The servers on the longest path that a report takes, with both ends. */
  readonly longestPath: readonly string[]
  /** Faults first. */
  readonly findings: readonly Finding[]
}

/** The longest path without a warning. Each link delays a report, so on a longer path a few shortcuts make a difference. */
export const LONG_PATH_LINKS = 6

/** Checks a valid topology for weaknesses. */
export function checkTopology(topology: Topology): TopologyCheck {
  const groups = groupsOf(topology)
  const path = longestPath(topology)
  const findings = [
    ...splitFindings(groups),
    ...singlePoints(topology).map(singleFinding),
    ...loneFindings(topology),
    ...pathFindings(path),
    ...addressFindings(topology),
    ...unknownKeyFindings(topology),
    ...dialectFindings(topology),
  ]
  const isFault = ({ level }: Finding): boolean => level === 'fault'
  const faultsFirst = findings.sort((a, b) => Number(isFault(b)) - Number(isFault(a)))
  return { groups, longestPath: path, findings: faultsFirst }
}

/** The faults of a valid topology, without its warnings: they cost time in a large herd. */
export function topologyFaults(topology: Topology): Finding[] {
  const findings = [...splitFindings(groupsOf(topology)), ...addressFindings(topology)]
  return findings.filter(({ level }) => level === 'fault')
}

function splitFindings(groups: readonly Group[]): Finding[] {
  if (groups.length === 1) return []
  const shown = groups.map((group) => (group.length === 1 ? `${group.join()} (no link)` : formatList(group)))
  const words = `not connected: ${groups.length} groups without a link between them, which need links or an engine: ${shown.join('; ')}`
  return [{ level: 'fault', kind: 'split', servers: groups.flat(), groups, words }]
}

function singleFinding(point: SinglePoint): Finding {
  const { groups } = point
  switch (point.kind) {
    case 'server': {
      const words = `without ${point.server}, ${cutOffText(groups)}`
      return { level: 'warning', kind: 'single-server', servers: [point.server], groups, words }
    }
    case 'link': {
      const words = `without the link ${point.link.join('–')}, ${cutOffText(groups)}`
      return { level: 'warning', kind: 'single-link', servers: point.link, groups, words }
    }
  }
}

function loneFindings({ servers }: Topology): Finding[] {
  if (servers.size > 1) return []
  const words = 'a herd of one server: while it is down, no server answers'
  return [{ level: 'warning', kind: 'lone-server', servers: [...servers.keys()], words }]
}

function pathFindings(path: readonly string[]): Finding[] {
  const links = path.length - 1
  if (links <= LONG_PATH_LINKS) return []
  const ends = [path[0], path.at(-1)].join(' to ')
  const words = `a report from ${ends} passes ${links} links, each of which delays it: a few shortcuts would help`
  return [{ level: 'warning', kind: 'long-way', servers: path, words }]
}

/** Classic servers that are linked understand each other only if they have one dialect. */
function dialectFindings({ servers, links }: Topology): Finding[] {
  return links.flatMap(([a, b]) => {
    const [one, other] = [servers.get(a)?.dialect, servers.get(b)?.dialect]
    if (typeof one !== 'object' || typeof other !== 'object' || one.template === other.template) return []
    const words = `${a} and ${b} are linked, but have different dialects: they do not understand each other`
    return [{ level: 'warning', kind: 'other-dialect', servers: [a, b], words }]
  })
}

/** Which servers are cut off from which, if a herd splits into these groups. */
function cutOffText(groups: readonly Group[]): string {
  const [few = [], many = [], ...others] = groups.toSorted((a, b) => a.length - b.length)
  if (others.length > 0) return `these are cut off from each other: ${groups.map(formatList).join('; ')}`
  return `${formatList(few)} ${few.length === 1 ? 'is' : 'are'} cut off from ${formatList(many)}`
}

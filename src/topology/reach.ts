import { neighboursOf, type Topology } from './topology.js'

/** Servers that reach each other over links, in the order of their topology. */
export type Group = readonly string[]

/** A server or a link without which those that it joins are cut off from each other: `groups` are what would be left of them. */
export type SinglePoint =
  | { readonly kind: 'server'; readonly server: string; readonly groups: readonly Group[] }
  | { readonly kind: 'link'; readonly link: Topology['links'][number]; readonly groups: readonly Group[] }

type Neighbours = ReadonlyMap<string, readonly string[]>

/** Whether a report may pass from a server to this neighbour of it. */
type Passes = (from: string, to: string) => boolean

/** The groups that a herd is in: one, if every server reaches every other. */
export function groupsOf(topology: Topology): Group[] {
  return split([...topology.servers.keys()], allNeighbours(topology), () => true)
}

/**
 * The single points of failure of a herd: its articulation points, then its bridges. Each server and each link is left out in turn, to see what
 * becomes of the others. A search by low-links would take one pass, but not tell what would be cut off from what; and 200 servers with 600 links
 * take 0.2 s like this.
 */
export function singlePoints(topology: Topology): SinglePoint[] {
  const all = allNeighbours(topology)
  const groups = groupsOf(topology)
  const servers = groups.flatMap((group) =>
    group.map((server) => {
      const others = group.filter((other) => other !== server)
      return { kind: 'server' as const, server, groups: split(others, all, (_, to) => to !== server) }
    }),
  )
  const links = topology.links.map((link) => {
    const group = groups.find((group) => group.includes(link[0])) as Group
    const passes: Passes = (from, to) => !(link.includes(from) && link.includes(to))
    return { kind: 'link' as const, link, groups: split(group, all, passes) }
  })
  return [...servers, ...links].filter((point) => point.groups.length > 1)
}

/** The shortest way between the two servers for which it is longest: all the servers on it, with both ends. */
export function longestWay(topology: Topology): string[] {
  const all = allNeighbours(topology)
  let longest: string[] = []
  for (const start of topology.servers.keys()) {
    const reached = reach(start, all, () => true)
    // What is reached last is furthest away.
    const way: string[] = []
    for (let at = [...reached.keys()].at(-1); at !== undefined; at = reached.get(at)) way.unshift(at)
    if (way.length > longest.length) longest = way
  }
  return longest
}

function allNeighbours(topology: Topology): Neighbours {
  return new Map([...topology.servers.keys()].map((server) => [server, neighboursOf(topology, server)]))
}

function split(servers: readonly string[], all: Neighbours, passes: Passes): Group[] {
  const groups: Group[] = []
  const seen = new Set<string>()
  for (const server of servers) {
    if (seen.has(server)) continue
    const reached = reach(server, all, passes)
    for (const other of reached.keys()) seen.add(other)
    groups.push(servers.filter((other) => reached.has(other)))
  }
  return groups
}

/** What is reached from a server, nearest first, each with the server before it on the way. */
function reach(start: string, all: Neighbours, passes: Passes): Map<string, string | undefined> {
  const reached = new Map<string, string | undefined>([[start, undefined]])
  // A map goes on to what is set while it is walked through.
  for (const from of reached.keys())
    for (const to of all.get(from) as string[])
      if (!reached.has(to) && passes(from, to)) reached.set(to, from)
  return reached
}

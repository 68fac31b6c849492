import t from 'tap'
import { groupsOf, longestPath, singlePoints } from '../../src/topology/connectivity.js'
import { anyPorts } from '../fixtures/herd.js'
import { Chance } from '../fixtures/chance.js'
import { CLASSIC, randomTopology, type SimulatedTopology } from '../fixtures/topologies.js'

/** A herd drawn as `A-B-C B-D E`, where hyphens are links. */
function drawn(drawing: string): SimulatedTopology {
  const paths = drawing.split(' ').map((path) => path.split('-'))
  const links = paths.flatMap((path) =>
    path.slice(1).map((server, index) => [path[index] as string, server] as const),
  )
  return { servers: [...new Set(paths.flat())], links }
}

/** What `singlePoints` finds, as `B: A|CD` and `A-B: A|BCD`. */
function drawnPoints(topology: SimulatedTopology): string[] {
  return singlePoints(anyPorts(topology)).map((point) => {
    const what = point.kind === 'server' ? point.server : point.link.join('-')
    return `${what}: ${point.groups.map((group) => group.join('')).join('|')}`
  })
}

t.test('groups, single points of failure and the longest path', async (t) => {
  const cases: Record<string, { groups: string[]; points: string[]; path: string }> = {
    A: { groups: ['A'], points: [], path: 'A' },
    'A B': { groups: ['A', 'B'], points: [], path: 'A' },
    'A-B': { groups: ['AB'], points: ['A-B: A|B'], path: 'A-B' },
    'A-B-C': { groups: ['ABC'], points: ['B: A|C', 'A-B: A|BC', 'B-C: AB|C'], path: 'A-B-C' },
    'A-B-C-A': { groups: ['ABC'], points: [], path: 'A-C' },
    'A-B-C-D-A': { groups: ['ABCD'], points: [], path: 'A-B-C' },
    // Two triangles that share a server: the loss of a link does no harm, but that of this server does.
    'A-B-C-A C-D-E-C': { groups: ['ABCDE'], points: ['C: AB|DE'], path: 'A-C-E' },
    // Two triangles that share a link's two ends.
    'A-B-C-A C-D E-D F-D E-F': {
      groups: ['ABCDEF'],
      points: ['C: AB|DEF', 'D: ABC|EF', 'C-D: ABC|DEF'],
      path: 'A-C-D-F',
    },
    // A star: without its centre, all servers are alone.
    'H-A H-B H-C': {
      groups: ['HABC'],
      points: ['H: A|B|C', 'H-A: HBC|A', 'H-B: HAC|B', 'H-C: HAB|C'],
      path: 'A-H-C',
    },
    // Servers that were never connected are not cut off.
    'A-B-C D-E F': {
      groups: ['ABC', 'DE', 'F'],
      points: ['B: A|C', 'A-B: A|BC', 'B-C: AB|C', 'D-E: D|E'],
      path: 'A-B-C',
    },
  }
  for (const [drawing, { groups, points, path }] of Object.entries(cases)) {
    const topology = anyPorts(drawn(drawing))
    t.same(
      groupsOf(topology).map((group) => group.join('')),
      groups,
      drawing,
    )
    t.same(drawnPoints(drawn(drawing)), points, drawing)
    t.equal(longestPath(topology).join('-'), path, drawing)
  }
})

t.test('the classic herd survives the loss of any one server or link', async (t) => {
  t.equal(groupsOf(anyPorts(CLASSIC)).length, 1)
  t.same(singlePoints(anyPorts(CLASSIC)), [])
  t.equal(longestPath(anyPorts(CLASSIC)).length, 3)
})

/** The number of groups, by another algorithm: each link merges the groups of its ends. */
function countGroups(servers: readonly string[], links: SimulatedTopology['links']): number {
  const group = new Map(servers.map((server) => [server, server]))
  for (const [a, b] of links) {
    const [from, to] = [group.get(a), group.get(b)]
    for (const [server, at] of group) if (at === from && to !== undefined) group.set(server, to)
  }
  return new Set(group.values()).size
}

t.test('a point is single if and only if there are more groups without it', async (t) => {
  const wrong = Array.from({ length: 200 }, (_, seed) => seed).filter((seed) => {
    const topology = randomTopology(new Chance(seed), 12)
    const { servers, links } = topology
    const without = (server: string): number =>
      countGroups(
        servers.filter((other) => other !== server),
        links.filter((link) => !link.includes(server)),
      )
    const expected = [
      ...servers.filter((server) => without(server) > 1),
      ...links
        .filter(
          (link) =>
            countGroups(
              servers,
              links.filter((other) => other !== link),
            ) > 1,
        )
        .map((link) => link.join('-')),
    ]
    const found = drawnPoints(topology).map((point) => point.slice(0, point.indexOf(':')))
    return found.join() !== expected.join()
  })
  t.same(wrong, [], 'seeds that fail')
})

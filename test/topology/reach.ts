import t from 'tap'
import { groupsOf, longestWay, singlePoints } from '../../src/topology/reach.js'
import { anyPorts } from '../fixtures/herd.js'
import { Chance } from '../fixtures/chance.js'
import { CLASSIC, randomTopology, type SimulatedTopology } from '../fixtures/topologies.js'

/** A herd drawn as `A-B-C B-D E`: what is joined by hyphens is linked. */
function drawn(drawing: string): SimulatedTopology {
  const ways = drawing.split(' ').map((way) => way.split('-'))
  const links = ways.flatMap((way) =>
    way.slice(1).map((server, index) => [way[index] as string, server] as const),
  )
  return { servers: [...new Set(ways.flat())], links }
}

/** What `singlePoints` finds, as `B: A|CD` and `A-B: A|BCD`. */
function drawnPoints(topology: SimulatedTopology): string[] {
  return singlePoints(anyPorts(topology)).map((point) => {
    const what = point.kind === 'server' ? point.server : point.link.join('-')
    return `${what}: ${point.groups.map((group) => group.join('')).join('|')}`
  })
}

t.test('groups, single points of failure and the longest way', async (t) => {
  const cases: Record<string, { groups: string[]; points: string[]; way: string }> = {
    A: { groups: ['A'], points: [], way: 'A' },
    'A B': { groups: ['A', 'B'], points: [], way: 'A' },
    'A-B': { groups: ['AB'], points: ['A-B: A|B'], way: 'A-B' },
    'A-B-C': { groups: ['ABC'], points: ['B: A|C', 'A-B: A|BC', 'B-C: AB|C'], way: 'A-B-C' },
    'A-B-C-A': { groups: ['ABC'], points: [], way: 'A-C' },
    'A-B-C-D-A': { groups: ['ABCD'], points: [], way: 'A-B-C' },
    // Two triangles that share a server: no link is missed, but that server is.
    'A-B-C-A C-D-E-C': { groups: ['ABCDE'], points: ['C: AB|DE'], way: 'A-C-E' },
    // Two triangles that share a link's two ends.
    'A-B-C-A C-D E-D F-D E-F': {
      groups: ['ABCDEF'],
      points: ['C: AB|DEF', 'D: ABC|EF', 'C-D: ABC|DEF'],
      way: 'A-C-D-F',
    },
    // A star: without its middle, all are alone.
    'H-A H-B H-C': {
      groups: ['HABC'],
      points: ['H: A|B|C', 'H-A: HBC|A', 'H-B: HAC|B', 'H-C: HAB|C'],
      way: 'A-H-C',
    },
    // What is not connected anyway is not cut off.
    'A-B-C D-E F': {
      groups: ['ABC', 'DE', 'F'],
      points: ['B: A|C', 'A-B: A|BC', 'B-C: AB|C', 'D-E: D|E'],
      way: 'A-B-C',
    },
  }
  for (const [drawing, { groups, points, way }] of Object.entries(cases)) {
    const topology = anyPorts(drawn(drawing))
    t.same(
      groupsOf(topology).map((group) => group.join('')),
      groups,
      drawing,
    )
    t.same(drawnPoints(drawn(drawing)), points, drawing)
    t.equal(longestWay(topology).join('-'), way, drawing)
  }
})

t.test('the classic herd survives the loss of any one server or link', async (t) => {
  t.equal(groupsOf(anyPorts(CLASSIC)).length, 1)
  t.same(singlePoints(anyPorts(CLASSIC)), [])
  t.equal(longestWay(anyPorts(CLASSIC)).length, 3)
})

/** How many groups servers are in, found in another way: each link joins what its ends are in. */
function countGroups(servers: readonly string[], links: SimulatedTopology['links']): number {
  const group = new Map(servers.map((server) => [server, server]))
  for (const [a, b] of links) {
    const [from, to] = [group.get(a), group.get(b)]
    for (const [server, at] of group) if (at === from && to !== undefined) group.set(server, to)
  }
  return new Set(group.values()).size
}

t.test('a point is single if without it there are more groups, and only then', async (t) => {
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

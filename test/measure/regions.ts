import type { Chance } from '../fixtures/chance.js'
import { JITTER } from '../fixtures/slow-link.js'
import { randomGraph, type SimulatedTopology } from '../fixtures/topologies.js'
import type { Path } from '../fixtures/virtual-network.js'

/** Round trips between regions in milliseconds: round numbers near those between data centres in these places. */
const ROUND_TRIPS_MS: readonly (readonly [string, string, number])[] = [
  ['Oregon', 'Virginia', 60],
  ['Oregon', 'Ireland', 130],
  ['Oregon', 'Mumbai', 220],
  ['Oregon', 'Sydney', 140],
  ['Virginia', 'Ireland', 70],
  ['Virginia', 'Mumbai', 190],
  ['Virginia', 'Sydney', 200],
  ['Ireland', 'Mumbai', 120],
  ['Ireland', 'Sydney', 260],
  ['Mumbai', 'Sydney', 150],
]

export const REGIONS: readonly string[] = ['Oregon', 'Virginia', 'Ireland', 'Mumbai', 'Sydney']

/** One way between two servers of a region. */
const WITHIN_MS = 0.5

/** How many links a server has within its region, on the average. */
const DEGREE = 4

/** How many links there are between two regions, if each has more than one server. */
const BETWEEN = 2

/** A herd with so many servers in each region: `Oregon-0`, `Oregon-1`, … */
export function regionTopology(perRegion: number, chance: Chance): SimulatedTopology {
  const namesIn = (region: string): string[] =>
    Array.from({ length: perRegion }, (_, index) => `${region}-${index}`)
  const within = perRegion === 1 ? [] : REGIONS.map((region) => randomGraph(chance, namesIn(region), DEGREE))
  const between = ROUND_TRIPS_MS.flatMap(([a, b]) => {
    const [ofA, ofB] = [someOf(namesIn(a), BETWEEN, chance), someOf(namesIn(b), BETWEEN, chance)]
    return ofA.map((server, index) => [server, ofB[index] as string] as const)
  })
  return { servers: REGIONS.flatMap(namesIn), links: [...within.flatMap(({ links }) => links), ...between] }
}

/** At most so many of some items, each once. */
export function someOf<T>(items: readonly T[], most: number, chance: Chance): T[] {
  const left = [...items]
  return Array.from(
    { length: Math.min(most, items.length) },
    () => left.splice(chance.below(left.length), 1)[0] as T,
  )
}

export function regionOf(server: string): string {
  return server.replace(/-.*/, '')
}

export function isBetweenRegions(a: string, b: string): boolean {
  return regionOf(a) !== regionOf(b)
}

/** How bytes get from one server to another. */
export function regionPath(a: string, b: string): Path {
  const delayMs = oneWayMs(regionOf(a), regionOf(b))
  return { delayMs, jitterMs: Math.floor(JITTER * delayMs), isTunnel: false, isCut: false, lostGreetings: 0 }
}

function oneWayMs(a: string, b: string): number {
  const found = ROUND_TRIPS_MS.find(
    ([one, other]) => (one === a && other === b) || (one === b && other === a),
  )
  return found === undefined ? WITHIN_MS : found[2] / 2
}

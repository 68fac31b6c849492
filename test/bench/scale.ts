import { Archive } from '../../src/flood/archive.js'
import { Flood } from '../../src/flood/flood.js'
import type { Report } from '../../src/protocol/report.js'
import { Chance } from '../fixtures/chance.js'
import { report } from '../fixtures/reports.js'
import type { SimulatedTopology } from '../fixtures/topologies.js'
import type { Row } from './results.js'

const SEED = 1
const SIZES = [5, 50, 500, 5_000]
const DEGREE = 4
const UPDATES = 20

/** What one report has cost a herd. */
interface Cost {
  readonly messages: number
  readonly bytes: number
  /** Until all servers had it. */
  readonly hops: number
}

/** What a report costs as a herd grows: real floods, and simulated links, on each of which a message takes one step. */
export function scale(): Row[] {
  return SIZES.map((size) => {
    const chance = new Chance(SEED)
    const herd = new SteppedHerd(randomGraph(chance, size))
    const costs = Array.from({ length: UPDATES }, (_, time) => herd.hear(`S${chance.below(size)}`, time))
    const mean = (of: (cost: Cost) => number): number =>
      costs.reduce((sum, cost) => sum + of(cost), 0) / costs.length
    return {
      of: `${size.toLocaleString('en')} servers of ${DEGREE} links`,
      rival: 'flood',
      values: costs.map(({ messages }) => messages),
      more: {
        'a server': (mean(({ messages }) => messages) / size).toFixed(2),
        'bytes a server': (mean(({ bytes }) => bytes) / size).toFixed(0),
        'hops until all have it': mean(({ hops }) => hops).toFixed(1),
      },
    }
  })
}

/** A ring, so that all are connected, and links by chance until servers have four on the average. */
function randomGraph(chance: Chance, size: number): SimulatedTopology {
  const servers = Array.from({ length: size }, (_, index) => `S${index}`)
  const links = new Map<string, readonly [string, string]>()
  const link = (a: number, b: number): void => {
    const [lesser, greater] = [Math.min(a, b), Math.max(a, b)]
    if (a !== b) links.set(`${lesser} ${greater}`, [`S${lesser}`, `S${greater}`])
  }
  for (let at = 0; at < size; at += 1) link(at, (at + 1) % size)
  while (links.size < (DEGREE / 2) * size) link(chance.below(size), chance.below(size))
  return { servers, links: [...links.values()] }
}

class SteppedHerd {
  readonly #floods: ReadonlyMap<string, Flood>
  readonly #ends: readonly (readonly [from: string, to: string])[]

  constructor({ servers, links }: SimulatedTopology) {
    // One for all: it is not memory that is measured here.
    const archive = new Archive({ digest: [1, 2, 3, 4], index: [5, 6] })
    this.#floods = new Map(servers.map((name) => [name, new Flood(name, archive, 1)]))
    this.#ends = links.flatMap(([a, b]) => [[a, b] as const, [b, a] as const])
    for (const [from, to] of this.#ends) this.#floods.get(from)?.linkUp(to, 'plain')
  }

  /** A server hears of a client, later each time, and all comes to pass that comes of it. */
  hear(server: string, time: number): Cost {
    const line = `AT ${server} +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 ${1_621_464_827 + time}.959498503`
    const heard = report(line)
    this.#floods.get(server)?.hear(heard)
    let messages = 0
    let hops = 0
    for (let step = 1; ; step += 1) {
      const told = this.#ends.filter(([from, to]) => this.#says(from, to))
      if (told.length === 0) return { messages, bytes: messages * (line.length + 1), hops }
      messages += told.length
      for (const [from, to] of told) if (this.#isNews(to, heard, from)) hops = step
    }
  }

  #says(from: string, to: string): boolean {
    const nothing = (): void => undefined
    return (this.#floods.get(from)?.take(to, 1, { report: nothing, sync: nothing, tree: nothing }) ?? 0) > 0
  }

  #isNews(to: string, heard: Report, from: string): boolean {
    return this.#floods.get(to)?.hear(heard, from) ?? false
  }
}

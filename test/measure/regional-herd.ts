import { Chance } from '../fixtures/chance.js'
import type { SimulatedTopology } from '../fixtures/topologies.js'
import { VirtualHerd, type ReceivedLine } from '../fixtures/virtual-herd.js'
import { isBetweenRegions, regionOf, regionPath, regionTopology } from './regions.js'

/** How long servers that start at once have to find each other. */
const LINK_MS = 20_000

/** The time of the first report, in nanoseconds since 1970, and how much earlier it was by the clock of its client. */
const FIRST_NS = 1_621_464_828_223_371_889n
const SKEW_NS = 263_873_386n

const NS_PER_MS = 1_000_000
const NS_PER_SECOND = 1_000_000_000n

/** What has come over some links. */
export interface Traffic {
  /** Reports, and those among them that were known already. */
  reports: number
  duplicates: number
  reportBytes: number
  /** Lines about trees. */
  treeLines: number
  treeBytes: number
  /** The bytes of lines that compare tables. */
  syncBytes: number
}

/** A herd over five regions in virtual time, in which servers take no time. What comes over its links is counted. */
export class RegionalHerd {
  readonly chance: Chance
  readonly topology: SimulatedTopology
  /** By link and direction: `Oregon-0 Sydney-0`. */
  #traffic = new Map<string, Traffic>()
  /** When each report was received from its client, by its line. */
  readonly #receivedAt = new Map<string, number>()
  #waits: number[] = []
  readonly #longest = new Map<string, number>()
  readonly herd: VirtualHerd

  /** Starts all servers and waits until they are linked. */
  constructor(perRegion: number, seed: number) {
    this.chance = new Chance(seed)
    this.topology = regionTopology(perRegion, this.chance)
    const plan = { topology: this.topology, classics: new Map(), isKeyed: false, pathOf: regionPath }
    this.herd = new VirtualHerd({ ...plan, watch: this.#count }, this.chance)
    for (const server of this.topology.servers) this.herd.start(server)
    this.herd.wait(LINK_MS)
    this.herd.checkLinks()
    this.reset()
  }

  serversIn(region: string): string[] {
    return this.topology.servers.filter((server) => regionOf(server) === region)
  }

  /** A client reports to a server when some milliseconds have passed. */
  reportAfter(ms: number, server: string, client: number): void {
    const { clock, servers } = this.herd
    clock.at(clock.now + ms, () => {
      const nowNs = FIRST_NS + BigInt(Math.round(clock.now * NS_PER_MS))
      const line = servers.get(server)?.receive(iamat(client, nowNs - SKEW_NS), nowNs)
      if (line !== undefined) this.#receivedAt.set(line, clock.now)
    })
  }

  /** Forgets what was counted. */
  reset(): void {
    this.#traffic.clear()
    this.#receivedAt.clear()
    this.#longest.clear()
    this.#waits = []
  }

  /** Whether all servers hold the same. */
  isEqual(): boolean {
    return new Set(Array.from(this.herd.servers.values(), ({ digest }) => digest)).size === 1
  }

  /** The sum over all links, or over those between regions or within them. */
  total(which?: 'between' | 'within'): Traffic {
    const sum = noTraffic()
    for (const [link, traffic] of this.#traffic) {
      const [from = '', to = ''] = link.split(' ')
      if (which !== undefined && isBetweenRegions(from, to) !== (which === 'between')) continue
      for (const key of Object.keys(sum) as (keyof Traffic)[]) sum[key] += traffic[key]
    }
    return sum
  }

  /** What has come over each direction of each link. */
  get traffic(): ReadonlyMap<string, Traffic> {
    return this.#traffic
  }

  /** In milliseconds and sorted: how long each report took to each other server, and to the last. */
  get waits(): { readonly each: number[]; readonly longest: number[] } {
    return { each: this.#waits.toSorted(ascending), longest: [...this.#longest.values()].sort(ascending) }
  }

  readonly #count = ({ from, to, text, isNews }: ReceivedLine): void => {
    const link = `${from} ${to}`
    let traffic = this.#traffic.get(link)
    if (!traffic) this.#traffic.set(link, (traffic = noTraffic()))
    if (isNews !== undefined) {
      traffic.reports += 1
      traffic.reportBytes += text.length
      if (isNews) this.#noteArrival(text.slice(text.indexOf('AT '), -1))
      else traffic.duplicates += 1
    } else if (/^(?:PRUNE|SEEN|GRAFT) /.test(text)) {
      traffic.treeLines += 1
      traffic.treeBytes += text.length
    } else if (/^(?:DIGEST|BUCKETS|HAVE|WANT) /.test(text)) traffic.syncBytes += text.length
  }

  #noteArrival(line: string): void {
    const receivedAt = this.#receivedAt.get(line)
    if (receivedAt === undefined) return
    const wait = this.herd.clock.now - receivedAt
    this.#waits.push(wait)
    this.#longest.set(line, Math.max(wait, this.#longest.get(line) ?? 0))
  }
}

/** A report whose ID has 20 bytes, as in the benchmarks. */
function iamat(client: number, timeNs: bigint): string {
  const id = `c${String(client).padStart(7, '0')}.cs.ucla.edu`
  const fraction = String(timeNs % NS_PER_SECOND).padStart(9, '0')
  return `IAMAT ${id} +34.068930-118.445127 ${timeNs / NS_PER_SECOND}.${fraction}`
}

function noTraffic(): Traffic {
  return { reports: 0, duplicates: 0, reportBytes: 0, treeLines: 0, treeBytes: 0, syncBytes: 0 }
}

function ascending(a: number, b: number): number {
  return a - b
}

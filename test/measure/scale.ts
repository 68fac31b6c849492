import { RegionalHerd } from './regional-herd.js'
import { isBetweenRegions, REGIONS, someOf } from './regions.js'
import { regionReturn } from './region-return.js'
import { milliseconds, type Row } from './results.js'
import type { Settings } from './settings.js'

/** What the whole herd takes in: a million clients that report every ten seconds. */
const REPORTS_PER_SECOND = 100_000

/** How many servers each region has. */
const PER_REGION = [1, 10, 100]

/**
 * Of each region so many servers take in reports, each at the rate that it would have if all did. Each origin has trees of its own, so more
 * origins cost the same per report.
 */
const ORIGINS_PER_REGION = 2
/** How long they report before anything is counted, so that trees are found, and then. */
const WARM_UP_MS = 500
const LOAD_MS = 300
const REST_MS = 3_000

/** How many reports are in conflict, and how many there are of each client. */
const CONFLICTING_REPORTS = 2_000
const REPORTS_PER_CONFLICT = 4

/** In a large herd some trees are found only after many reports, so a few duplicates are left. */
const MOST_DUPLICATES = 0.03

/** Each client reports once by default. These report several times, which shows that the number of clients changes nothing. */
const FEW_CLIENTS = 1_000

/**
 * What a report costs, and how soon all servers have it, in herds of three sizes over five regions: real links and floods in virtual time.
 * And what it costs when a region returns.
 */
export async function scale({ seed }: Settings, say: (words: string) => void): Promise<Row[]> {
  const rows: Row[] = []
  for (const perRegion of PER_REGION) {
    say(`${REGIONS.length * perRegion} servers`)
    rows.push(...ofHerd(perRegion, seed))
  }
  say(`${FEW_CLIENTS} clients`)
  rows.push(...ofHerd(10, seed, FEW_CLIENTS).slice(0, 3))
  say('a region returns')
  rows.push(...regionReturn(seed))
  return rows
}

function ofHerd(perRegion: number, seed: number, clients = Infinity): Row[] {
  const herd = new RegionalHerd(perRegion, seed)
  const servers = herd.topology.servers.length
  const origins = REGIONS.flatMap((region) => someOf(herd.serversIn(region), ORIGINS_PER_REGION, herd.chance))
  let count = 0
  const load = (ms: number): number => {
    const reports = Math.round((REPORTS_PER_SECOND * ms * origins.length) / (1_000 * servers))
    for (let index = 0; index < reports; index += 1, count += 1) {
      // So that a client always reports to the same server.
      const client = count % clients
      herd.reportAfter((ms * index) / reports, origins[client % origins.length] as string, client)
    }
    herd.herd.wait(ms + REST_MS)
    return reports
  }
  load(WARM_UP_MS)
  herd.reset()
  const reports = load(LOAD_MS)
  if (!herd.isEqual()) throw new Error('the servers do not hold the same')
  const of = `${servers} servers, ${Math.min(clients, count).toLocaleString('en')} clients`
  const rows = [...traffic(herd, of, reports), ...waits(herd, of)]
  conflict(herd, origins, count)
  herd.reset()
  const { duplicates, reports: sent } = (load(LOAD_MS), herd.total())
  const isFew = duplicates <= MOST_DUPLICATES * sent
  const figure = `${((100 * duplicates) / sent).toFixed(2)} %`
  return [...rows, row('duplicates after conflicts', of, figure, `${100 * MOST_DUPLICATES} %`, isFew)]
}

/** Several servers receive reports of the same clients at nearly the same time, so that most lose on their way. */
function conflict(herd: RegionalHerd, origins: readonly string[], firstClient: number): void {
  for (let index = 0; index < CONFLICTING_REPORTS; index += 1) {
    const client = firstClient + Math.floor(index / REPORTS_PER_CONFLICT)
    herd.reportAfter((LOAD_MS * index) / CONFLICTING_REPORTS, herd.chance.pick(origins), client)
  }
  herd.herd.wait(LOAD_MS + REST_MS)
}

function traffic(herd: RegionalHerd, of: string, reports: number): Row[] {
  const fewest = herd.topology.servers.length - 1
  const all = herd.total()
  const between = herd.total('between')
  const perReport = (lines: number): string => (lines / reports).toFixed(2)
  const isFew = all.duplicates <= MOST_DUPLICATES * all.reports
  return [
    row(`messages per report (${fewest} would be enough)`, of, perReport(all.reports)),
    row('of these duplicates', of, perReport(all.duplicates), `${100 * MOST_DUPLICATES} %`, isFew),
    row(`of these between regions (${REGIONS.length - 1} would be enough)`, of, perReport(between.reports)),
    row('bytes per message', of, (all.reportBytes / all.reports).toFixed(0)),
    row('lines about trees per message', of, (all.treeLines / all.reports).toFixed(2)),
    row('their bytes per message', of, (all.treeBytes / all.reports).toFixed(1)),
    row('busiest direction of a link between regions: messages per report', of, busiest(herd, true, reports)),
    row('busiest direction of a link within a region: the same', of, busiest(herd, false, reports)),
    row('busiest server: messages sent per report', of, perReport(mostSent(herd))),
  ]
}

function busiest(herd: RegionalHerd, isBetween: boolean, reports: number): string {
  let most = 0
  for (const [link, traffic] of herd.traffic) {
    const [from = '', to = ''] = link.split(' ')
    if (isBetweenRegions(from, to) === isBetween) most = Math.max(most, traffic.reports)
  }
  return (most / reports).toFixed(3)
}

/** How many reports that server has sent that has sent most. */
function mostSent(herd: RegionalHerd): number {
  const sent = new Map<string, number>()
  for (const [link, { reports }] of herd.traffic) {
    const [from = ''] = link.split(' ')
    sent.set(from, (sent.get(from) ?? 0) + reports)
  }
  return Math.max(...sent.values())
}

function waits(herd: RegionalHerd, of: string): Row[] {
  const { each, longest } = herd.waits
  return [
    row('until a server has a report: median, 99 %, longest', of, spread(each)),
    row('until all have it: median, 99 %, longest', of, spread(longest)),
  ]
}

function spread(sorted: readonly number[]): string {
  const at = (part: number): number => sorted[Math.ceil(part * sorted.length) - 1] ?? NaN
  return [0.5, 0.99, 1].map((part) => milliseconds(at(part))).join(', ')
}

function row(what: string, of: string, figure: string, target = '', isMet = true): Row {
  return { what, of, figure, target, isMet }
}

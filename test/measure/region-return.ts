import { Pair } from '../fixtures/sync-cost.js'
import { pathName } from '../fixtures/virtual-herd.js'
import { RegionalHerd } from './regional-herd.js'
import { isBetweenRegions, REGIONS, regionOf } from './regions.js'
import { milliseconds, type Row } from './results.js'

const PER_REGION = 10
const AWAY = 'Sydney'
const CLIENTS = 2_000

/** Long enough for both ends of a link to notice that it is dead. */
const AWAY_MS = 20_000
const REPORT_MS = 1_000
const REST_MS = 5_000

/** How often it is checked whether all servers are equal, and for how long. */
const CHECK_MS = 50
const GIVE_UP_MS = 60_000

/** The size of the tables of two servers whose comparison is counted in bytes. */
const COMPARED = [10_000, 100_000]

/**
 * What it costs when a region was cut off for so long that every client has reported again, its own clients to its own servers. How long that
 * was makes no difference.
 */
export function regionReturn(seed: number): Row[] {
  const herd = new RegionalHerd(PER_REGION, seed)
  reportAll(herd)
  setCut(herd, true)
  herd.herd.wait(AWAY_MS)
  reportAll(herd)
  if (herd.isEqual()) throw new Error(`${AWAY} was not cut off`)
  herd.reset()
  setCut(herd, false)
  let ms = 0
  for (; !herd.isEqual() && ms < GIVE_UP_MS; ms += CHECK_MS) herd.herd.wait(CHECK_MS)
  herd.herd.wait(REST_MS)
  herd.herd.checkLinks()
  return [...returned(herd, ms), ...COMPARED.map(compared)]
}

/** Every client reports once: to any server of its region. */
function reportAll(herd: RegionalHerd): void {
  for (let client = 0; client < CLIENTS; client += 1) {
    const region = REGIONS[client % REGIONS.length] as string
    herd.reportAfter(herd.chance.below(REPORT_MS), herd.chance.pick(herd.serversIn(region)), client)
  }
  herd.herd.wait(REPORT_MS + REST_MS)
}

function setCut(herd: RegionalHerd, isCut: boolean): void {
  for (const [a, b] of herd.topology.links) {
    const path = herd.herd.paths.get(pathName(a, b))
    if (path && isBetweenRegions(a, b) && [a, b].map(regionOf).includes(AWAY)) path.isCut = isCut
  }
}

function returned(herd: RegionalHerd, ms: number): Row[] {
  const of = `${PER_REGION * REGIONS.length} servers, ${CLIENTS} clients`
  const perClient = (count: number): string => (count / CLIENTS).toFixed(2)
  const between = herd.total('between')
  // Each report of another region must come in once, and each of its own must reach every other region once.
  const own = 1 / REGIONS.length
  const fewest = (1 - own + own * (REGIONS.length - 1)).toFixed(2)
  let [into, inside] = [0, 0]
  for (const [link, { reports }] of herd.traffic) {
    const [from = '', to = ''] = link.split(' ')
    if (regionOf(to) !== AWAY) continue
    if (isBetweenRegions(from, to)) into += reports
    else inside += reports
  }
  const rows: [string, string, string?][] = [
    ['all equal after a region returns', milliseconds(ms)],
    ['reports between regions per client', perClient(between.reports), fewest],
    ['of these into the region', perClient(into), (1 - own).toFixed(2)],
    ['bytes between regions per client that compare', perClient(between.syncBytes)],
    [
      'reports per client that a server of the region receives',
      perClient((into + inside) / PER_REGION),
      (1 - own).toFixed(2),
    ],
  ]
  return rows.map(([what, figure, most]) => ({
    what: most === undefined ? what : `${what} (${most} would be enough)`,
    of,
    figure,
    target: undefined,
    isMet: true,
  }))
}

/** Two servers, each of which has a newer report of half of the clients, compare over one link. */
function compared(reports: number): Row {
  const pair = new Pair(reports)
  pair.differ(reports)
  const { bytes, reportBytes } = pair.sync()
  const perClient = (count: number): string => (count / reports).toFixed(1)
  return {
    what: 'bytes per client when all reports differ, and those of reports among them',
    of: `one link, ${reports.toLocaleString('en')} clients`,
    figure: `${perClient(bytes)}, ${perClient(reportBytes)}`,
    target: undefined,
    isMet: true,
  }
}

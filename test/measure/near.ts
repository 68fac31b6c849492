import { setTimeout as sleep } from 'node:timers/promises'
import { KEEP_UP_MS } from '../../src/server/near-queries.js'
import { generate } from '../bench/generate.js'
import { median } from '../bench/results.js'
import { oneServer, QUIET, type Rival } from '../bench/rivals.js'
import { Peer } from '../fixtures/peer.js'
import type { Row } from './results.js'
import type { Settings } from './settings.js'

const CLIENTS = 100_000

/** Each client reports once a second on average. */
const LOAD = { kind: 'open', seconds: 5, ratePerSecond: CLIENTS } as const

/** A generator needs so long to start. Then queries are timed. */
const WARM_UP_MS = 1_000
const TIMED_MS = 4_000

/** The time between queries. */
const EVERY_MS = 20

const ROUNDS = 3

const TARGET_MS = 5
const TARGET_PERCENT = 3

/** Points of the query; the simulated clients are everywhere. */
const LATITUDES = ['+51.5', '-33.9', '+00.0', '+34.1', '-60.2']
const LONGITUDES = ['-000.1', '+151.2', '+180', '-118.4']

/** How a server is asked while it takes reports: never, never but once before, or all the time. */
type Asked = 'never' | 'before' | 'always'

/** Measures the time of a NEAR while clients report, and what the index costs a report. */
export async function near(_: Settings, say: (words: string) => void): Promise<Row[]> {
  const servers: Rival[] = []
  try {
    // Two servers, so that one is never asked.
    for (let count = 0; count < 2; count += 1) servers.push(await oneServer(QUIET).start())
    const [unasked, asked] = servers as [Rival, Rival]
    const costs: Record<Asked, number[]> = { never: [], before: [], always: [] }
    const waits: Waits = { near: [], iamat: [] }
    for (const server of servers) await costOf(server, true)
    for (let round = 1; round <= ROUNDS; round += 1) {
      say(`round ${round} of ${ROUNDS}`)
      costs.never.push(await costOf(unasked))
      await ask(await peerOf(asked), 0)
      await sleep(KEEP_UP_MS)
      costs.before.push(await costOf(asked))
      const [cost, times] = await Promise.all([costOf(asked), askRepeatedly(asked)])
      costs.always.push(cost)
      waits.near.push(...times.near)
      waits.iamat.push(...times.iamat)
    }
    return [
      waitRow(waits),
      costRow('not asked any more', costs.before, costs.never),
      costRow(`asked every ${EVERY_MS} ms`, costs.always, costs.never),
    ]
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

/** How long clients wait for replies, in milliseconds. An IAMAT shows what the machine and the reports of the others add. */
interface Waits {
  readonly near: number[]
  readonly iamat: number[]
}

/** The processor time of a report in microseconds. */
async function costOf(rival: Rival, isFirst = false): Promise<number> {
  const { serverCpuSeconds, reports } = await generate({
    rival,
    clients: CLIENTS,
    depth: 16,
    connections: 50,
    latePercent: 0,
    warmUp: isFirst ? [{ kind: 'introduction' }] : [],
    phase: LOAD,
    mostInspected: 100,
    timeoutMs: 60_000,
  })
  return (1e6 * serverCpuSeconds) / reports
}

function peerOf({ targets }: Rival): Promise<Peer> {
  return Peer.connect(targets[0]?.address.port ?? 0)
}

async function askRepeatedly(rival: Rival): Promise<Waits> {
  const peer = await peerOf(rival)
  const times: Waits = { near: [], iamat: [] }
  const startMs = performance.now()
  for (let count = 0; performance.now() < startMs + WARM_UP_MS + TIMED_MS; count += 1) {
    const askedMs = performance.now()
    await ask(peer, count)
    const reportedMs = performance.now()
    peer.write(`IAMAT kiwi +34.07-118.44 ${(Date.now() / 1_000).toFixed(3)}\n`)
    await peer.read()
    if (askedMs > startMs + WARM_UP_MS) {
      times.near.push(reportedMs - askedMs)
      times.iamat.push(performance.now() - reportedMs)
    }
    await sleep(EVERY_MS)
  }
  peer.destroy()
  return times
}

async function ask(peer: Peer, count: number): Promise<void> {
  const [latitude = '', longitude = ''] = [
    LATITUDES[count % LATITUDES.length],
    LONGITUDES[count % LONGITUDES.length],
  ]
  peer.write(`NEAR ${latitude}${longitude} 1000 10\n`)
  await peer.read('\n\n')
}

function waitRow({ near, iamat }: Waits): Row {
  const medianMs = median(near)
  const sorted = near.toSorted((a, b) => a - b)
  const p99Ms = sorted[Math.floor(0.99 * sorted.length)] ?? NaN
  return {
    what: `the 10 nearest while ${CLIENTS.toLocaleString('en')} clients report once a second`,
    of: `${near.length} queries, p99 ${p99Ms.toFixed(1)} ms; an IAMAT ${median(iamat).toFixed(2)} ms`,
    figure: `${medianMs.toFixed(2)} ms`,
    target: `${TARGET_MS} ms`,
    isMet: medianMs < TARGET_MS,
  }
}

function costRow(of: string, costs: readonly number[], base: readonly number[]): Row {
  const percent = median(costs.map((cost, round) => 100 * (cost / (base[round] as number) - 1)))
  const isIdle = of.startsWith('not')
  return {
    what: 'processor time of a report, compared with a server that was never asked',
    of: `${of}: ${median(costs).toFixed(2)} µs, not ${median(base).toFixed(2)} µs`,
    figure: `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`,
    target: isIdle ? `${TARGET_PERCENT} %` : undefined,
    isMet: !isIdle || percent <= TARGET_PERCENT,
  }
}

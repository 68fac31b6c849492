import { Peer } from '../fixtures/peer.js'
import { ask } from './redis.js'
import type { Entrant, Rival } from './rivals.js'
import { median, type Row } from './results.js'
import type { Settings } from './settings.js'

const REPORTS = 300

/** How many first reports are not counted: a herd loads its cities at the first WHATSAT. */
const WARM_UP = 50

/** Measures the time from a server's reply until all others hold the report. The herd is idle, and the others are polled continuously. */
export async function arrivals(
  entrants: readonly (Entrant | undefined)[],
  { rounds }: Settings,
  say: (words: string) => void,
): Promise<Row[]> {
  const rivals: Rival[] = []
  try {
    for (const entrant of entrants) if (entrant) rivals.push(await entrant.start())
    const times = rivals.map((rival) => ({ rival, rounds: [] as number[][] }))
    for (let round = 1; round <= rounds; round += 1)
      for (const each of times) {
        say(`one report at a time, round ${round} of ${rounds}: ${each.rival.name}`)
        each.rounds.push((await timesOf(each.rival)).sort((a, b) => a - b))
      }
    return times.map((each) => rowOf(each.rival.name, each.rounds))
  } finally {
    for (const rival of rivals) await rival.stop()
  }
}

function rowOf(rival: string, rounds: readonly number[][]): Row {
  const each = (share: number): number[] =>
    rounds.map((times) => times[Math.ceil(share * times.length) - 1] ?? NaN)
  const words = (share: number): string => `${median(each(share)).toFixed(2)} ms`
  return { of: `p99 of ${REPORTS}`, rival, values: each(0.99), more: { p50: words(0.5), longest: words(1) } }
}

// The count spans all rounds: a round that restarted it within the same second would send stale reports.
let reports = 0

async function timesOf(rival: Rival): Promise<number[]> {
  const peers = await Promise.all(rival.servers.map(({ address }) => Peer.connect(address.port)))
  for (const { socket } of peers) socket.setNoDelay(true)
  const times: number[] = []
  const first = reports + WARM_UP
  while (reports < first + REPORTS) {
    reports += 1
    const report = reports
    // Redis accepts reports only at its master.
    const reporter = peers[rival.says === 'redis' ? 0 : report % peers.length] as Peer
    const others = peers.filter((peer) => peer !== reporter)
    const arrived =
      rival.says === 'redis' ? await reportToRedis(reporter, report) : await reportToHerd(reporter, report)
    const from = performance.now()
    await Promise.all(others.map((peer) => arrived(peer)))
    if (report > first) times.push(performance.now() - from)
  }
  for (const peer of peers) peer.destroy()
  return times
}

/** Resolves when a server holds the report. */
type Arrived = (peer: Peer) => Promise<void>

async function reportToHerd(reporter: Peer, report: number): Promise<Arrived> {
  const time = `${Math.floor(Date.now() / 1_000)}.${String(report).padStart(9, '0')}`
  reporter.write(`IAMAT arrival +34.06-118.44 ${time}\n`)
  const line = await reporter.read()
  return async (peer) => {
    for (;;) {
      peer.write('WHATSAT arrival 0 0\n')
      const first = await peer.read()
      if (first.startsWith('AT ')) await peer.read('\n\n')
      if (first === line) return
    }
  }
}

async function reportToRedis(reporter: Peer, report: number): Promise<Arrived> {
  reporter.write(`GEOADD arrival ${(report / 10).toFixed(1)} 34.06 arrival\r\n`)
  await reporter.read('\r\n')
  const held = await ask(reporter, 'GEOPOS arrival arrival')
  return async (peer) => {
    for (;;) if ((await ask(peer, 'GEOPOS arrival arrival')) === held) return
  }
}

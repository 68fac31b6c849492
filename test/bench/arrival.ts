import { Peer } from '../fixtures/peer.js'
import { ask } from './redis.js'
import type { Entrant, Rival } from './rivals.js'
import { median, type Row } from './results.js'
import type { Settings } from './settings.js'

const REPORTS = 300

/** So many before are not counted: a herd that has just started reads its cities when it is first asked. */
const WARM_UP = 50

/** How long it takes from a server's reply until all others hold the report, in an idle herd, asked as fast as they answer. */
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

// Of all rounds: one that began anew within the same second would tell what is old.
let reports = 0

async function timesOf(rival: Rival): Promise<number[]> {
  const peers = await Promise.all(rival.servers.map(({ address }) => Peer.connect(address.port)))
  for (const { socket } of peers) socket.setNoDelay(true)
  const times: number[] = []
  const first = reports + WARM_UP
  while (reports < first + REPORTS) {
    reports += 1
    const report = reports
    // Redis takes reports at its master only.
    const teller = peers[rival.says === 'redis' ? 0 : report % peers.length] as Peer
    const others = peers.filter((peer) => peer !== teller)
    const arrived = rival.says === 'redis' ? await tellRedis(teller, report) : await tellHerd(teller, report)
    const from = performance.now()
    await Promise.all(others.map((peer) => arrived(peer)))
    if (report > first) times.push(performance.now() - from)
  }
  for (const peer of peers) peer.destroy()
  return times
}

/** Resolves when a server holds the report. */
type Arrived = (peer: Peer) => Promise<void>

async function tellHerd(teller: Peer, report: number): Promise<Arrived> {
  const time = `${Math.floor(Date.now() / 1_000)}.${String(report).padStart(9, '0')}`
  teller.write(`IAMAT arrival +34.06-118.44 ${time}\n`)
  const line = await teller.read()
  return async (peer) => {
    for (;;) {
      peer.write('WHATSAT arrival 0 0\n')
      const first = await peer.read()
      if (first.startsWith('AT ')) await peer.read('\n\n')
      if (first === line) return
    }
  }
}

async function tellRedis(teller: Peer, report: number): Promise<Arrived> {
  teller.write(`GEOADD arrival ${(report / 10).toFixed(1)} 34.06 arrival\r\n`)
  await teller.read('\r\n')
  const held = await ask(teller, 'GEOPOS arrival arrival')
  return async (peer) => {
    for (;;) if ((await ask(peer, 'GEOPOS arrival arrival')) === held) return
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Peer } from '../fixtures/peer.js'
import { generate } from './generate.js'
import type { Row } from './results.js'
import type { Entrant, Rival } from './rivals.js'
import { CLIENTS, CONNECTIONS, TIMEOUT_MS, type Settings } from './settings.js'

/** A rate that one core of a loaded machine can sustain beside the queries. */
const REPORTS_PER_SECOND = 50_000

/** A generator needs so long to start. Then replies are counted. */
const WARM_UP_MS = 1_500

/** How many queries are in flight. */
const DEPTH = 16

/** Every query finds so many of the simulated clients, which are everywhere, within so many kilometres. */
const ITEMS = 10
const RADIUS_KM = 1_000

/** Every ID ends like this, and nothing else in a reply does. */
const ID_END = '.test'

/** Measures how many times per second a server finds the 10 clients nearest to a point while all of them move. */
export async function nearest(
  entrants: readonly (Entrant | undefined)[],
  settings: Settings,
  say: (words: string) => void,
): Promise<Row[]> {
  const rivals: Rival[] = []
  try {
    for (const entrant of entrants) if (entrant) rivals.push(await entrant.start())
    for (const rival of rivals) await move(rival, 0.5, true)
    const values = rivals.map((): number[] => [])
    for (let round = 1; round <= settings.rounds; round += 1)
      for (const [index, rival] of rivals.entries()) {
        say(`round ${round} of ${settings.rounds}: ${rival.name}`)
        const seconds = settings.seconds + (2 * WARM_UP_MS) / 1_000
        const [rate] = await Promise.all([askFor(rival, settings.seconds), move(rival, seconds)])
        values[index]?.push(rate)
      }
    const of = `${CLIENTS.toLocaleString('en')} clients, ${DEPTH} in flight`
    return rivals.map(({ name }, index) => ({ of, rival: name, values: values[index] ?? [], more: {} }))
  } finally {
    for (const rival of rivals) await rival.stop()
  }
}

async function move(rival: Rival, seconds: number, isFirst = false): Promise<void> {
  await generate({
    rival,
    clients: CLIENTS,
    depth: DEPTH,
    connections: CONNECTIONS,
    latePercent: 0,
    warmUp: isFirst ? [{ kind: 'introduction' }] : [],
    phase: { kind: 'open', seconds, ratePerSecond: REPORTS_PER_SECOND },
    mostInspected: 100,
    timeoutMs: TIMEOUT_MS,
  })
}

/** Asks on one connection; returns the replies per second. */
async function askFor({ says, targets }: Rival, seconds: number): Promise<number> {
  const { socket } = await Peer.connect(targets[0]?.address.port ?? 0)
  let found = 0
  let asked = 0
  let rest = ''
  const query = says === 'redis' ? redisQuery : herdQuery
  const askMore = (): void => {
    for (; asked < DEPTH + Math.floor(found / ITEMS); asked += 1) socket.write(query(asked))
  }
  socket.on('data', (text: string) => {
    const all = rest + text
    found += all.split(ID_END).length - 1
    rest = all.slice(Math.max(all.lastIndexOf(ID_END) + ID_END.length, all.length - ID_END.length + 1))
    askMore()
  })
  askMore()
  await sleep(WARM_UP_MS)
  const [before, startMs] = [found, performance.now()]
  await sleep(1_000 * seconds)
  const rate = (1_000 * (found - before)) / ITEMS / (performance.now() - startMs)
  socket.destroy()
  return rate
}

function latitudeOf(query: number): string {
  return signed(((query * 37) % 120) - 60.5)
}

function longitudeOf(query: number): string {
  return signed(((query * 101) % 340) - 170.5)
}

function signed(degrees: number): string {
  return `${degrees < 0 ? '' : '+'}${degrees}`
}

function herdQuery(query: number): string {
  return `NEAR ${latitudeOf(query)}${longitudeOf(query)} ${RADIUS_KM} ${ITEMS}\n`
}

function redisQuery(query: number): string {
  const from = `FROMLONLAT ${longitudeOf(query)} ${latitudeOf(query)}`
  return `GEOSEARCH herd ${from} BYRADIUS ${RADIUS_KM} km ASC COUNT ${ITEMS} WITHCOORD\r\n`
}

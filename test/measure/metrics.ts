import { Places } from '../../src/places/places.js'
import { systemClock } from '../../src/server/clock.js'
import { Herd } from '../../src/server/herd.js'
import { listenHttp } from '../../src/web/http-listener.js'
import { WebApi } from '../../src/web/web-api.js'
import { median } from '../bench/results.js'
import { freePort } from '../fixtures/files.js'
import { anyPorts, oneCafe } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'
import { send } from '../fixtures/web-herd.js'
import type { Row } from './results.js'
import type { Settings } from './settings.js'

const CLIENTS = 1_000_000
const NEIGHBOURS = 50

/** Between two scrapes, so many clients report: about as many as the log of changes has room for, so that each follower has much to read. */
const CHANGES = 1_000

const SCRAPES = 100

/** So many reports are sent at once. */
const BATCH = 10_000

const TARGET_MS = 10

/** Measures how long a scrape of a large server takes, with the request and its response over loopback. */
export async function metrics(_: Settings, say: (words: string) => void): Promise<Row[]> {
  const http = await freePort()
  const neighbours = Array.from({ length: NEIGHBOURS }, (_, n) => `N${n}`)
  const herd = await start(neighbours, http)
  try {
    const port = herd.addressOf('Clark')?.port ?? 0
    const client = await Peer.connect(port)
    say(`${CLIENTS} clients`)
    for (let from = 0; from < CLIENTS; from += BATCH) await report(client, from, BATCH, 1)
    say(`${NEIGHBOURS} neighbours`)
    const peers = await Promise.all(neighbours.map((name) => link(name, port)))
    const times: number[] = []
    for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
      await report(client, scrape * CHANGES, CHANGES, 2)
      for (const peer of peers) peer.write('PING\n')
      const startMs = performance.now()
      const { status } = await send(http, 'GET /metrics', {})
      times.push(performance.now() - startMs)
      if (status !== 200) throw new Error(`the status of a scrape is ${status}`)
    }
    for (const peer of [client, ...peers]) peer.destroy()
    return [row(times)]
  } finally {
    await herd.stopAll()
  }
}

function start(neighbours: readonly string[], http: number): Promise<Herd> {
  const links = neighbours.map((name): [string, string] => ['Clark', name])
  const topology = anyPorts({ servers: ['Clark', ...neighbours], links })
  const api = new WebApi({ version: '0.0.0', access: {}, addresses: () => new Map() })
  return Herd.startAll(topology, ['Clark'], () =>
    Promise.resolve({
      log: {
        write: () => undefined,
        peer: () => undefined,
        flush: () => Promise.resolve(),
        close: () => Promise.resolve(),
      },
      places: new Places(oneCafe),
      clock: systemClock(),
      version: '0.0.0',
      random: () => 0,
      maxFutureSeconds: 0,
      onFault: () => undefined,
      onLink: () => undefined,
      listenHttp: (requests) =>
        listenHttp({
          requests,
          address: { host: '127.0.0.1', port: http },
          topologyHost: 'localhost',
          loadApi: () => Promise.resolve(api),
          onFault: () => undefined,
        }),
    }),
  )
}

/** Reports of some clients; resolves when all are acknowledged. */
async function report(peer: Peer, from: number, count: number, time: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, n) => `IAMAT client-${from + n} +34.06-118.44 ${time}\n`)
  peer.write(lines.join(''))
  for (let left = count; left > 0; left -= 1) await peer.read()
}

/** Links as a neighbour, which sends nothing but heartbeats. Resolves when it has the digest of Clark. */
async function link(name: string, port: number): Promise<Peer> {
  const peer = await Peer.connect(port)
  peer.write(`LINK 1 ${name} Clark 1 0a1b2c3d\nFEATURES pong counts memory clock\nPING\n`)
  while (!(await peer.read()).startsWith('DIGEST '));
  peer.socket.on('data', () => undefined)
  return peer
}

function row(times: readonly number[]): Row {
  const sorted = times.toSorted((a, b) => a - b)
  return {
    what: 'a scrape of metrics',
    of: `${CLIENTS.toLocaleString('en')} clients, ${NEIGHBOURS} neighbours, ${CHANGES} reports since the last; longest ${sorted.at(-1)?.toFixed(1)} ms`,
    figure: `${median(times).toFixed(1)} ms`,
    target: `${TARGET_MS} ms`,
    isMet: median(times) < TARGET_MS,
  }
}

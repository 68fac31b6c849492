import { setTimeout as sleep } from 'node:timers/promises'
import type { SimulatedClients } from '../../src/load/simulated-clients.js'
import type { RequestDialect } from '../../src/load/request-dialect.js'
import { writeDegrees, writeDigits } from '../../src/load/write-digits.js'
import {
  evenlySpread,
  reportedAfter,
  type CheckResult,
  type ConvergenceCheck,
} from '../../src/load/convergence-check.js'
import { Peer } from '../fixtures/peer.js'

const KEY = 'herd'
const REPORT_TEXT = `*5\r\n$6\r\nGEOADD\r\n$4\r\n${KEY}\r\n$11\r\n+000.000000\r\n$10\r\n+00.000000\r\n$20\r\nclient-00000000.test\r\n`
const REPORT = Buffer.from(REPORT_TEXT, 'latin1')
const LONGITUDE_AT = REPORT_TEXT.indexOf('+')
const LATITUDE_AT = REPORT_TEXT.indexOf('+', LONGITUDE_AT + 1)
const CLIENT_AT = REPORT_TEXT.indexOf('-') + 1

/** The same reports as GEOADD. Redis does not store their times: the last write wins, so a client must use one connection. */
export const redisDialect: RequestDialect = {
  maxBytes: REPORT.length,
  accepts: ':'.charCodeAt(0),
  writeReport(bytes, at, client, latitude, longitude) {
    bytes.set(REPORT, at)
    writeDegrees(bytes, at + LONGITUDE_AT, 3, longitude)
    writeDegrees(bytes, at + LATITUDE_AT, 2, latitude)
    writeDigits(bytes, at + CLIENT_AT, 8, client)
    return at + REPORT.length
  },
  writeQuestion() {
    throw new Error('of Redis nothing is asked under load')
  },
}

/** The tolerance in millionths of a degree: a 52-bit geohash rounds by less than 3, and a step is at least 100. */
const ROUNDING_MICRODEGREES = 4

/** How many clients are checked on the master and on each replica. */
const INSPECTED = 10_000
const ASKED_AT_ONCE = 500
const PAUSE_MS = 2

/** Checks that replicas equal the master: first by their offsets in its stream, then by positions. */
export class RedisConvergence implements ConvergenceCheck {
  readonly #clients: SimulatedClients
  readonly #timeoutMs: number
  readonly #peers: readonly Promise<Peer>[]
  #inspected = 0

  /** The first port is the master's. */
  constructor(ports: readonly number[], clients: SimulatedClients, timeoutMs: number) {
    this.#clients = clients
    this.#timeoutMs = timeoutMs
    this.#peers = ports.map((port) => Peer.connect(port))
  }

  async probe(): Promise<number> {
    const [master, ...replicas] = await Promise.all(this.#peers)
    const wanted = await numberIn(master, 'master_repl_offset')
    const deadline = performance.now() + this.#timeoutMs
    await Promise.all(
      replicas.map(async (replica) => {
        while ((await numberIn(replica, 'slave_repl_offset')) < wanted) {
          if (performance.now() > deadline) throw new Error('a replica does not catch up')
          await sleep(PAUSE_MS)
        }
      }),
    )
    return performance.now()
  }

  async check(): Promise<CheckResult> {
    const peers = await Promise.all(this.#peers)
    const reported = reportedAfter(this.#clients.newest, 0)
    const clients = evenlySpread(reported, INSPECTED)
    this.#inspected = 0
    let wrong = 0
    for (const peer of peers)
      for (let from = 0; from < clients.length; from += ASKED_AT_ONCE)
        wrong += await this.#wrongOf(peer, clients.subarray(from, from + ASKED_AT_ONCE))
    return {
      checked: clients.length,
      reported: reported.length,
      wrong,
      wrongAnswer: undefined,
      refused: 0,
      failed: [],
      uncertain: 0,
      settledAt: undefined,
    }
  }

  get progress(): number {
    return this.#inspected / (INSPECTED * this.#peers.length)
  }

  close(): void {
    for (const peer of this.#peers)
      peer.then(
        (connected) => {
          connected.destroy()
        },
        () => undefined,
      )
  }

  async #wrongOf(peer: Peer, clients: Uint32Array): Promise<number> {
    const names = Array.from(clients, (client) => `client-${String(client).padStart(8, '0')}.test`)
    const positions = positionsIn(await ask(peer, `GEOPOS ${KEY} ${names.join(' ')}`))
    this.#inspected += clients.length
    return clients.filter((client, index) => {
      const [longitude = NaN, latitude = NaN] = positions[index] ?? []
      const isNear = (degrees: number, microdegrees = 0): boolean =>
        Math.abs(degrees * 1e6 - microdegrees) < ROUNDING_MICRODEGREES
      return !(
        isNear(longitude, this.#clients.longitudes[client]) &&
        isNear(latitude, this.#clients.latitudes[client])
      )
    }).length
  }
}

/** The reply to a command. The reply to a PING sent after it marks its end. */
export async function ask(peer: Peer, command: string): Promise<string> {
  peer.write(`${command}\r\nPING\r\n`)
  return peer.read('+PONG\r\n')
}

async function numberIn(peer: Peer | undefined, field: string): Promise<number> {
  const text = peer ? await ask(peer, 'INFO replication') : ''
  return Number(new RegExp(`^${field}:([0-9]+)`, 'm').exec(text)?.[1] ?? NaN)
}

/** The longitudes and latitudes in a reply to GEOPOS. */
function positionsIn(reply: string): (number[] | undefined)[] {
  return [...reply.matchAll(/\*2\r\n\$[0-9]+\r\n(\S+)\r\n\$[0-9]+\r\n(\S+)\r\n|\*-1\r\n/g)].map(
    ([, longitude, latitude]) =>
      longitude === undefined ? undefined : [Number(longitude), Number(latitude)],
  )
}

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { statusAt } from '../fixtures/server-queries.js'
import { fill } from '../fixtures/store.js'
import { CLASSIC } from '../fixtures/topologies.js'
import { Probe } from './probe.js'
import { milliseconds, type Row } from './results.js'
import type { Settings } from './settings.js'
import { sendAll, Servers } from './servers.js'

const CLIENTS = 100_000
const MISSED = 10_000
const AWAY = 'Clark'
const OTHERS = CLASSIC.servers.filter((server) => server !== AWAY)
const ROUNDS = 3

/** The number of clients when stalls are measured. */
const MANY_CLIENTS = 1_000_000
const BURST = 100_000
const HUB = 'Amber'
const STAR = {
  servers: [HUB, 'Birch', 'Cedar'],
  links: [
    [HUB, 'Birch'],
    [HUB, 'Cedar'],
  ] as const,
}

/** How often a server is asked whether its digest is equal, and for how long. */
const ASK_MS = 10
const GIVE_UP_MS = 120_000

/** Targets in milliseconds: until a server that missed some reports, or lost all, is equal; and for the longest wait of a client. */
const MISSED_TARGET_MS = 1_000
const LOST_TARGET_MS = 3_000
const STALL_TARGET_MS = 50

/** Measures how soon a server that was down is equal to its neighbours: five servers with default flags on loopback. */
export async function catchUp(_: Settings, say: (words: string) => void): Promise<Row[]> {
  const figures = { missed: [] as number[], lost: [] as number[] }
  const servers = await Servers.prepare(CLASSIC)
  try {
    const lines = ids(CLIENTS).map((id) => `AT Clark +0.263873386 ${id} +34.068930-118.445127 1700000000`)
    for (const name of CLASSIC.servers) await fill(join(servers.state, 'data', name), name, lines)
    await Promise.all(CLASSIC.servers.map((name) => servers.start(name)))
    await equal(servers, CLASSIC.servers)
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const losesAll of [false, true]) {
        await servers.stop(AWAY)
        if (losesAll) await rm(join(servers.state, 'data', AWAY), { recursive: true })
        await reportAnew(servers, 2 * round + (losesAll ? 1 : 0))
        const digest = await equal(servers, OTHERS)
        // By then the work that the reports themselves cause is done.
        await delay(1_000)
        const startedAt = await servers.start(AWAY)
        const cpuAtStart = await servers.cpuMs(AWAY)
        await reaches(servers, AWAY, digest)
        const ms = Math.round(performance.now() - startedAt)
        const what = losesAll ? `lost all ${CLIENTS} reports` : `missed ${MISSED} of ${CLIENTS} reports`
        const cpuMs = (await servers.cpuMs(AWAY)) - cpuAtStart
        figures[losesAll ? 'lost' : 'missed'].push(ms)
        say(`round ${round}: a server that ${what}: ${ms} ms, ${cpuMs} ms of processor time`)
      }
    }
    return [
      caughtUp(`missed ${MISSED} of ${CLIENTS} reports`, figures.missed, MISSED_TARGET_MS),
      caughtUp(`lost ${CLIENTS} reports`, figures.lost, LOST_TARGET_MS),
    ]
  } finally {
    await servers.close()
  }
}

function caughtUp(of: string, figures: readonly number[], targetMs: number): Row {
  const ms = figures.toSorted((a, b) => a - b)
  const all = ms.map(milliseconds).join(', ')
  const isMet = (ms[Math.floor(ms.length / 2)] as number) <= targetMs
  return {
    what: 'equal after it listens',
    of,
    figure: all,
    target: `median ${milliseconds(targetMs)}`,
    isMet,
  }
}

/** Reports every tenth client again, to the servers that are up. */
async function reportAnew(servers: Servers, time: number): Promise<void> {
  const missed = ids(CLIENTS).filter((_, n) => n % (CLIENTS / MISSED) === 3)
  await Promise.all(
    OTHERS.map((name, index) => {
      const own = missed.filter((_, n) => n % OTHERS.length === index)
      return sendAll(
        servers.port(name),
        own.map((id) => `IAMAT ${id} +35.068930-118.445127 ${1_700_000_000 + time}`),
      )
    }),
  )
}

/** Resolves when a server has this digest. Only that server is asked, so that the others are not kept busy. */
async function reaches(servers: Servers, name: string, digest: string): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS
  while ((await statusAt(servers.port(name))).digest !== digest) {
    if (performance.now() > deadline) throw new Error(`${name} does not reach ${digest}`)
    await delay(ASK_MS)
  }
}

/** Resolves with the digest of some servers when they have the same one. */
async function equal(servers: Servers, names: readonly string[]): Promise<string> {
  const deadline = performance.now() + GIVE_UP_MS
  for (;;) {
    const digests = await Promise.all(names.map(async (name) => (await statusAt(servers.port(name))).digest))
    if (new Set(digests).size === 1) return digests[0] ?? ''
    if (performance.now() > deadline) throw new Error(`not equal: ${digests.join(', ')}`)
    await delay(ASK_MS)
  }
}

/** Measures how long a client of a server with a million clients waits while tables are compared. */
export async function stalls(_: Settings, say: (words: string) => void): Promise<Row[]> {
  const rows: Row[] = []
  const servers = await Servers.prepare(STAR)
  try {
    await servers.start(HUB, ['--no-store'])
    await burst(servers, MANY_CLIENTS, 0)
    const probe = await Probe.start(servers.port(HUB))
    const waits = async (what: string, work: () => Promise<void>): Promise<void> => {
      probe.reset()
      const startedAt = performance.now()
      await work()
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
      say(`${what} (${seconds} s): ${probe.words}`)
      const { longestMs } = probe
      const isMet = longestMs <= STALL_TARGET_MS
      rows.push({
        what: 'longest wait for an answer',
        of: what,
        figure: milliseconds(longestMs),
        target: milliseconds(STALL_TARGET_MS),
        isMet,
      })
    }
    await waits('nothing else goes on', () => delay(2_000))
    await waits('two links come up and two tables are filled', async () => {
      await Promise.all(['Birch', 'Cedar'].map((name) => servers.start(name, ['--no-store'])))
      await equal(servers, STAR.servers)
    })
    await burst(servers, BURST, 1)
    await waits(`STATUS is asked after ${BURST} updates`, async () => {
      await statusAt(servers.port(HUB))
    })
    await burst(servers, BURST, 2)
    await waits('a link is lost', async () => {
      await servers.stop('Birch', 'SIGKILL')
      await delay(2_000)
    })
    await waits('the link comes up and the table is filled', async () => {
      await servers.start('Birch', ['--no-store'])
      await equal(servers, STAR.servers)
    })
    await probe.stop()
    return rows
  } finally {
    await servers.close()
  }
}

/** Reports the first of the clients to the hub. */
async function burst(servers: Servers, clients: number, time: number): Promise<void> {
  const lines = ids(clients).map((id) => `IAMAT ${id} +35.068930-118.445127 ${1_700_000_000 + time}`)
  await sendAll(servers.port(HUB), lines)
}

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `client-${n}.example`)
}

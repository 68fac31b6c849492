import { arrivals } from './arrival.js'
import { engineServers, kvServers } from './engine-rivals.js'
import { idle } from './idle.js'
import { memoryEngine } from './memory-engine.js'
import { fill } from './memory.js'
import { nearest } from './near.js'
import { perCpuResult, race, settledResult, settledWrongResult, type Case } from './race.js'
import type { Result } from './results.js'
import { asyncioHerd, echo, fiveServers, herdUp, oneServer, QUIET, redis, redisAlone } from './rivals.js'
import { broadcast, scale } from './scale.js'
import { CLIENTS, type Settings } from './settings.js'
import { starts } from './start.js'

type Section = (settings: Settings, say: (words: string) => void) => Promise<Result[]>

const REDIS = 'Redis 1 + 4'
const SETTLED =
  'Reports a second until all five servers, or all four replicas, held the newest of each client; the median of all rounds.'

/** As in `proxyherd bench`. */
const LATE_PERCENT = 5

/** So few that each reports several times, although an engine takes fewer reports per second than our own links. */
const ENGINE_CLIENTS = 10_000

const redisInMemory = redis(['--appendonly', 'no'])
const redisOnDisk = redis(['--appendonly', 'yes', '--appendfsync', 'everysec'])

function cases({ depths }: Settings, clients = CLIENTS): Case[] {
  return depths.map((depth) => ({ depth, clients }))
}

/** The sections, by their names on the command line. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  converged: async (settings, say) => {
    const rivals = [redisInMemory, herdUp(QUIET), fiveServers(QUIET)]
    const all = settings.isQuick
      ? cases(settings)
      : [{ depth: 16, clients: 1_000 }, { depth: 16, clients: 10_000 }, ...cases(settings)]
    const runs = await race(rivals, all, settings, say)
    const note = `${SETTLED} \`--log links --no-store\`; Redis without AOF and snapshots.`
    return [
      settledResult('Five servers converged, in memory, without a log line a report', REDIS, note, runs),
    ]
  },
  stored: async (settings, say) => {
    const rivals = [redisOnDisk, herdUp([]), fiveServers([])]
    const runs = await race(rivals, cases(settings), settings, say)
    const note = `${SETTLED} Defaults, so each report is stored by each server and each line logged; Redis with AOF everysec, and no log of commands.`
    return [settledResult('Five servers converged, everything stored and logged', REDIS, note, runs)]
  },
  alone: async (settings, say) => {
    const runs = await race([echo(), oneServer(QUIET)], cases(settings), settings, say)
    const note =
      'The same bytes to a server that sends them back, and to a server that makes reports of them.'
    return [
      settledResult('One server beside a raw Node echo, by wall time', 'raw echo', note, runs),
      perCpuResult('One server beside a raw Node echo, a second of its CPU time', 'raw echo', note, runs),
    ]
  },
  asyncio: async (settings, say) => {
    const rivals = [asyncioHerd(), herdUp(QUIET), fiveServers(QUIET)]
    const runs = await race(rivals, [{ depth: 16, clients: 10_000 }], settings, say)
    const note = `${SETTLED} The asyncio herd is \`test/bench/herd.py\`, in five processes, and logs no reports.`
    return [settledResult('Five servers beside a plain asyncio herd', 'asyncio herd', note, runs)]
  },
  engine: async (settings, say) => {
    const all = cases(settings, ENGINE_CLIENTS).map((each) => ({ ...each, latePercent: LATE_PERCENT }))
    const runs = await race([kvServers(), engineServers(QUIET)], all, settings, say)
    if (runs.length === 0) say('engine: left out, because nats-server is not installed')
    const note = `Reports a second, ${LATE_PERCENT} % of them late, until all three servers held the same; the median of all rounds. Wrong are clients that all held with another report than their newest. One NATS server with its stream on disk. The KV servers are \`test/bench/kv.mjs\`; they reply when the put is stored.`
    return runs.length === 0
      ? []
      : [settledWrongResult('Three servers without links over NATS', 'three on NATS KV', note, runs)]
  },
  arrival: async (settings, say) => {
    const rows = await arrivals([redisInMemory, herdUp(QUIET), fiveServers(QUIET)], settings, say)
    const note =
      'From the reply to one report until all others hold it, asked over open connections as fast as they answer.'
    return [
      { title: 'Time until all have it, of an idle herd', unit: 'ms', digits: 2, base: REDIS, note, rows },
    ]
  },
  near: async (settings, say) => {
    const rows = await nearest([redisAlone(), oneServer(QUIET)], settings, say)
    const note =
      'The 10 clients nearest to a point with their positions, within 1,000 km, on one connection, while 50,000 reports per second move the clients. GEOSEARCH and NEAR.'
    return [{ title: 'Who is near', unit: 'queries/s', digits: 0, base: 'Redis', note, rows }]
  },
  memory: async (settings, say) => {
    const rivals = [redisInMemory, oneServer(QUIET), herdUp(QUIET), fiveServers(QUIET)]
    const { memory, runs } = await fill(rivals, settings.isQuick ? CLIENTS : 10 * CLIENTS, settings, say)
    const note = 'Resident memory after less before, by clients and servers. IDs have 20 bytes.'
    return [
      { title: 'Memory', unit: 'bytes a client and server', digits: 0, base: REDIS, note, rows: memory },
      ...(runs.length === 0 ? [] : [settledResult('Converged with that many clients', REDIS, SETTLED, runs)]),
    ]
  },
  'memory-engine': (settings, say) => {
    const note =
      'Processor time per client, of the storage engine alone in one process: clients are added in one order and then found, renewed and removed in another. The median of all rounds, and the fastest and the slowest.'
    const rows = memoryEngine(settings, say)
    return Promise.resolve([
      { title: 'The storage engine', unit: 'CPU ns', digits: 0, base: undefined, note, rows },
    ])
  },
  idle: async (settings, say) => {
    const rivals = [redisInMemory, oneServer(QUIET)]
    const { memory, waits } = await idle(rivals, settings, say)
    const note = 'Each idle connection has sent one command. 50 others offer 5,000 reports per second.'
    return [
      { title: 'Idle connections', unit: 'bytes each', digits: 0, base: REDIS, note, rows: memory },
      { title: 'What busy connections wait', unit: 'p99 ms', digits: 2, base: REDIS, note, rows: waits },
    ]
  },
  start: async (settings, say) => {
    say('starting')
    const rows = await starts(settings)
    return [{ title: 'Starting', unit: 'ms', digits: 0, base: undefined, note: 'Wall time.', rows }]
  },
  scale: (_, say) => {
    say('simulated herds')
    const grown: Result = {
      title: 'What a report costs as a herd grows',
      unit: 'messages an update',
      digits: 0,
      base: undefined,
      note: 'Reports sent until the herd is idle again, for reports of up to 10 servers, and the bytes of all lines. Simulated: one report at a time, one step per message.',
      rows: scale(),
    }
    const spread: Result = {
      title: 'How soon a herd has reports that are sent to all its servers',
      unit: 'messages an update',
      digits: 1,
      base: undefined,
      note: 'Simulated: 5 × 5 servers, 100 ms per link, 100 reports per second at random for 10 s. Messages are reports sent; a server is any but the one that received the report first.',
      rows: broadcast(),
    }
    return Promise.resolve([grown, spread])
  },
}

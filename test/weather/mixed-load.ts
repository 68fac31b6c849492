import t, { type Test } from 'tap'
import type { Area } from '../../src/near/area.js'
import { distanceM } from '../../src/near/distance.js'
import { Chance } from '../fixtures/chance.js'
import { freePort } from '../fixtures/files.js'
import { HerdWatchers, pointOf } from '../fixtures/herd-watchers.js'
import { MEASURED, MemorySamples } from '../fixtures/memory-samples.js'
import { MixedLoad, type LastReports } from '../fixtures/mixed-load.js'
import { Peer } from '../fixtures/peer.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import { drawSeed } from '../fixtures/seeds.js'
import { until } from '../fixtures/server-queries.js'
import { SilentReaders } from '../fixtures/silent-readers.js'
import { isSoak } from '../fixtures/soak.js'
import { CLASSIC } from '../fixtures/topologies.js'
import { WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

/** How long the load lasts at least, and how often a server is killed. In a short run, one is killed at once. */
const LOAD_MS = isSoak ? 600_000 : 0
const KILL_MS = 20_000

t.setTimeout(LOAD_MS + WEATHER_TIMEOUT_MS)

/** The others are killed now and then. */
const NEVER_KILLED = ['Juzang', 'Bernard']

/** How many groups of clients each server has: with three, some report over either protocol and some over both. */
const GROUPS = isSoak ? 8 : 3
const PAUSE_MS = 5

/** How many commands are answered between two steps: as many as in a few seconds, in a long run. */
const COMMANDS = isSoak ? 500 : 100

/** How long the last events may take to a watcher: many times what they take on an idle machine. */
const AGREE_WITHIN_MS = 30_000

/** After so many commands, buffers and caches are full: those of the system for readers that do not read, and the changes kept for others. */
const WARM_COMMANDS = 70_000

type Circle = Extract<Area, { kind: 'circle' }>

/** In which servers are asked for clients in the end: one that has all of them, and one that has some. */
const CIRCLES: readonly Circle[] = [
  { kind: 'circle', center: { latitude: 0, longitude: 0 }, radiusM: 20_016_000 },
  { kind: 'circle', center: { latitude: 34, longitude: 118 }, radiusM: 6_000_000 },
]

/** A herd under load, and what is connected to it. */
interface LoadedHerd {
  readonly herd: ProcessHerd
  readonly load: MixedLoad
  readonly watchers: HerdWatchers
  readonly chance: Chance
  readonly silent: SilentReaders
}

t.test(
  'under a mixed load and kills, servers, indexes and watchers come to agree with the truth',
  async (t) => {
    const loaded = await start(t)
    const { herd, load, watchers } = loaded
    const memory = new MemorySamples(herd, NEVER_KILLED)
    const startedAt = performance.now()
    let kills = 0
    do {
      await load.goesOn(COMMANDS)
      const elapsedMs = performance.now() - startedAt
      watchers.disconnectOne(loaded.chance)
      if (load.answered > WARM_COMMANDS) memory.sample(elapsedMs)
      if (elapsedMs < kills * KILL_MS) continue
      await killOne(t, loaded)
      kills += 1
    } while (performance.now() - startedAt < LOAD_MS || (isSoak && memory.isShort))
    await load.goesOn(COMMANDS)
    await load.stop()
    const seconds = (performance.now() - startedAt) / 1_000
    t.comment(`${(load.answered / seconds).toFixed()} commands per second`)
    await herd.linked()
    await herd.equal()
    const last = await load.settle()
    await assertAgreement(t, loaded, last)
    t.comment(`${load.answered} commands, ${kills} kills, ${watchers.figures}`)
    if (isSoak) memory.assertFlat(t)
  },
)

async function start(t: Test): Promise<LoadedHerd> {
  const seed = drawSeed(t)
  const httpPorts = new Map<string, number>()
  for (const name of CLASSIC.servers) httpPorts.set(name, await freePort())
  const flagsOf = (server: string): string[] => ['--http', `127.0.0.1:${httpPorts.get(server)}`]
  const nodeFlags = Object.fromEntries(NEVER_KILLED.map((name) => [name, MEASURED]))
  const herd = await ProcessHerd.start(t, { flagsOf, nodeFlags })
  const load = new MixedLoad({ ports: herd.ports, httpPorts, seed, groups: GROUPS, pauseMs: PAUSE_MS })
  const watchers = new HerdWatchers(herd.ports, httpPorts)
  const silent = new SilentReaders(herd.ports, httpPorts)
  t.teardown(async () => {
    load.halt()
    silent.close()
    await watchers.stop()
  })
  return { herd, load, watchers, silent, chance: new Chance(seed) }
}

/** Kills a server under load and starts it again. */
async function killOne(t: Test, { herd, load, chance, silent }: LoadedHerd): Promise<void> {
  const name = chance.pick(herd.names.filter((name) => !NEVER_KILLED.includes(name)))
  t.equal(herd.errors, '', 'no server has complained')
  await herd.kill(name)
  await load.goesOn(COMMANDS)
  await herd.start(name)
  await herd.linked([name])
  silent.reopen(name)
}

async function assertAgreement(t: Test, { herd, watchers }: LoadedHerd, last: LastReports): Promise<void> {
  await herd.equal()
  const known = [...last].flatMap(([client, report]) => (report === undefined ? [] : [`${client} ${report}`]))
  const tables = await herd.tables([...last.keys()])
  for (const [index, table] of tables.entries()) {
    const server = herd.names[index] ?? ''
    t.same(differences([...table.values()].map(reportIn), known), [], `${server} has the last reports`)
    for (const area of CIRCLES) {
      const near = await reportsNear(herd.ports.get(server) ?? 0, area)
      const expected = nearestFirst(last, area)
      t.same(differences(near, expected), [], `${server} finds the last reports that are near`)
      t.ok(near.join() === expected.join(), `${server} finds the nearest of ${expected.length} first`)
    }
  }
  await until(
    AGREE_WITHIN_MS,
    () => Promise.resolve(watchers.faults(last)),
    (faults) => faults.length === 0,
    (faults) => `${faults.length} faults: ${faults.slice(0, 3).join('; ')}`,
  )
  t.equal(herd.errors, '', 'no server has complained')
  t.comment(`${known.length} of ${last.size} clients are known`)
}

/** The reports that a server finds in a circle, in its order. */
async function reportsNear(port: number, { center, radiusM }: Circle): Promise<string[]> {
  const peer = await Peer.connect(port)
  peer.write(`NEAR +${center.latitude}+${center.longitude} ${radiusM / 1_000} 1000\n`)
  const lines = (await peer.read('\n\n')).trimEnd().split('\n')
  peer.destroy()
  return lines.map(reportIn)
}

/** The last reports that are in a circle, nearest first. */
function nearestFirst(last: LastReports, { center, radiusM }: Circle): string[] {
  return [...last]
    .flatMap(([client, report]) =>
      report === undefined
        ? []
        : [{ text: `${client} ${report}`, awayM: distanceM(center, pointOf(report)) }],
    )
    .filter(({ awayM }) => awayM <= radiusM)
    .sort((one, other) => one.awayM - other.awayM)
    .map(({ text }) => text)
}

/** The client, position and time of an `AT` line. */
function reportIn(line: string): string {
  return line.split(' ').slice(3).join(' ')
}

/** The first few that only one of two lists has, or has more often. */
function differences(one: readonly string[], other: readonly string[]): string[] {
  const [these, those] = [new Set(one), new Set(other)]
  const missing = other.filter((item) => !these.has(item)).map((item) => `missing: ${item}`)
  const more = one.filter((item) => !those.has(item)).map((item) => `wrong: ${item}`)
  const twice = one.length === these.size ? [] : ['some are twice']
  return [...missing, ...more, ...twice].slice(0, 3)
}

import t, { type Test } from 'tap'
import { Load } from '../fixtures/load.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import { assertEqual, assertTruth, WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

t.setTimeout(WEATHER_TIMEOUT_MS)

/** How many servers of the herd are killed one after another. */
const KILLS = isSoak ? 5 : 1

/** How many reports are acknowledged before and after each kill. */
const REPORTS = isSoak ? 300 : 150

/** How long servers are under load before all of them are killed. */
const LOAD_MS = isSoak ? 2_500 : 1_000

/** Ten times the promise of `--durability second`, since a busy disk may be slow. */
const SAFE_AFTER_MS = 10_000

t.test('servers that are killed under load, one after another, are as the others again', async (t) => {
  // Nothing is on disk, so a server can get its reports back only from others.
  const herd = await ProcessHerd.start(t, { flags: ['--no-store'] })
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: 300, pauseMs: 20 })
  for (const name of herd.names.slice(0, KILLS)) {
    await load.goesOn(REPORTS)
    await herd.kill(name)
    await load.goesOn(REPORTS)
    await herd.start(name)
    await herd.linked([name])
  }
  await load.goesOn(REPORTS)
  await load.stop()
  await assertTruth(t, herd, load)
  t.comment(`reports acknowledged: ${load.history.acknowledged.length}`)
})

t.test(
  'when all servers are killed at once under load, with commits first no acknowledged report is missing',
  async (t) => {
    const { herd, load } = await killAll(t, 'commit', LOAD_MS)
    await assertTruth(t, herd, load)
  },
)

/** Asserts that only the latest reports are missing. */
async function killWithoutCommits(t: Test): Promise<void> {
  const { herd, load, killedAt } = await killAll(t, 'second', 1.2 * SAFE_AFTER_MS)
  const { history, clients } = load
  const table = await assertEqual(t, herd, clients)
  t.same(history.inventedIn(table), [], 'every report was sent by a client')
  const missing = history.missingIn(table)
  const oldest = Math.round(Math.max(0, ...missing.map(({ at }) => killedAt - at)))
  t.comment(`missing: ${missing.length}, the oldest of them acknowledged ${oldest} ms before the end`)
  const old = history.acknowledged.filter(({ at }) => killedAt - at > SAFE_AFTER_MS)
  t.ok(old.length > 0, `${old.length} reports were acknowledged more than ${SAFE_AFTER_MS} ms before the end`)
  t.ok(oldest <= SAFE_AFTER_MS, 'and none of them is missing')
}

if (isSoak)
  t.test('without commits first, only the latest acknowledged reports are missing', killWithoutCommits)

interface AfterKill {
  readonly herd: ProcessHerd
  readonly load: Load
  readonly killedAt: number
}

/** Kills a whole herd after some time under load, and starts it again. */
async function killAll(t: Test, durability: 'commit' | 'second', loadMs: number): Promise<AfterKill> {
  const herd = await ProcessHerd.start(t, { flags: ['--durability', durability] })
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: 300, pauseMs: 20 })
  const startedAt = performance.now()
  while (performance.now() - startedAt < loadMs) await load.goesOn(100)
  const killedAt = performance.now()
  await herd.kill(...herd.names)
  await load.halt()
  t.comment(`reports acknowledged: ${load.history.acknowledged.length}`)
  await Promise.all(herd.names.map((name) => herd.start(name)))
  await herd.linked()
  return { herd, load, killedAt }
}

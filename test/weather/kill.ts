import t, { type Test } from 'tap'
import { Load } from '../fixtures/load.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import { assertTruth, WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

t.setTimeout(WEATHER_TIMEOUT_MS)

/** How many servers of the herd are killed one after another. */
const KILLS = isSoak ? 5 : 1

/** How many reports are acknowledged before and after each kill. */
const REPORTS = isSoak ? 300 : 150

/** How long servers are under load before all of them are killed. */
const LOAD_MS = isSoak ? 2_500 : 1_000

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

for (const durability of ['second', 'commit'] as const)
  t.test(
    `when all servers are killed at once under load, no acknowledged report is missing with --durability ${durability}`,
    async (t) => {
      const { herd, load } = await killAll(t, durability)
      await assertTruth(t, herd, load)
    },
  )

interface AfterKill {
  readonly herd: ProcessHerd
  readonly load: Load
}

/** Kills a whole herd after some time under load, and starts it again. */
async function killAll(t: Test, durability: 'commit' | 'second'): Promise<AfterKill> {
  const herd = await ProcessHerd.start(t, { flags: ['--durability', durability] })
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: 300, pauseMs: 20 })
  const startedAt = performance.now()
  while (performance.now() - startedAt < LOAD_MS) await load.goesOn(100)
  await herd.kill(...herd.names)
  await load.halt()
  t.comment(`reports acknowledged: ${load.history.acknowledged.length}`)
  await Promise.all(herd.names.map((name) => herd.start(name)))
  await herd.linked()
  return { herd, load }
}

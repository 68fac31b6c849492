import t, { type Test } from 'tap'
import { newHerdKey } from '../../src/net/herd-key.js'
import { Chance } from '../fixtures/chance.js'
import { Load } from '../fixtures/load.js'
import { ProcessHerd, type ProcessHerdOptions } from '../fixtures/process-herd.js'
import { SMOOTH } from '../fixtures/rough-wire.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import { assertEqual, assertTruth, WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

t.setTimeout(WEATHER_TIMEOUT_MS)

/** How many reports are acknowledged while wires corrupt. */
const REPORTS = isSoak ? 3_000 : 600

/** Runs a herd under load on wires that corrupt one byte in so many. Afterwards the wires are repaired. */
async function corrupted(
  t: Test,
  corruptsOneIn: number,
  options: ProcessHerdOptions,
): Promise<{ herd: ProcessHerd; load: Load }> {
  const ours = drawSeed(t)
  const chance = new Chance(ours)
  const herd = await ProcessHerd.start(t, { flags: ['--no-store'], chance, ...options })
  const load = new Load(herd.ports, { seed: ours, clients: 200, inFlight: 4, pauseMs: 20 })
  await load.goesOn(200)
  for (const wire of herd.wires) wire.roughness = { ...SMOOTH, corruptsOneIn }
  await load.goesOn(REPORTS)
  for (const wire of herd.wires) wire.roughness = SMOOTH
  await load.stop()
  // Losses on a link that stays up are found when neighbours compare, which happens when a link comes up.
  for (const wire of herd.wires) wire.cut()
  await herd.linked()
  const bytes = herd.wires.reduce((sum, wire) => sum + wire.corrupted, 0)
  t.comment(`reports acknowledged: ${load.history.acknowledged.length}; corrupted bytes: ${bytes}`)
  t.ok(bytes > 0, 'some bytes were corrupted')
  return { herd, load }
}

t.test(
  'on wires that corrupt bytes, servers agree, and no report is older than the newest acknowledged one',
  async (t) => {
    const { herd, load } = await corrupted(t, 5_000, {})
    const table = await assertEqual(t, herd, load.clients)
    // A corrupted report that is still valid is another report, and is merged like any other.
    t.same(load.history.missingIn(table), [], 'no report is older than the true newest')
    t.comment(`reports that nobody made: ${load.history.inventedIn(table).length}`)
  },
)

t.test('with a herd key, wires that corrupt bytes only break links', async (t) => {
  const { herd, load } = await corrupted(t, 20_000, { herdKey: newHerdKey() })
  await assertTruth(t, herd, load)
})

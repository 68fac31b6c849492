import t from 'tap'
import { Chance } from '../fixtures/chance.js'
import { Load } from '../fixtures/load.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import { SMOOTH } from '../fixtures/rough-wire.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import { assertTruth, WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

t.setTimeout(WEATHER_TIMEOUT_MS)

/** How often each kind of wire is cut or half-closed. */
const CUTS = isSoak ? 6 : 2

t.test('servers agree after wires that delay, split, cut and half-close', async (t) => {
  const ours = drawSeed(t)
  const chance = new Chance(ours)
  const herd = await ProcessHerd.start(t, { flags: ['--no-store'], chance })
  const load = new Load(herd.ports, { seed: ours, clients: 200, inFlight: 2, pauseMs: 20 })
  for (const roughness of [SMOOTH, { ...SMOOTH, delayMs: 20 }, { ...SMOOTH, isSplit: true }]) {
    for (const wire of herd.wires) wire.roughness = roughness
    for (let cuts = 0; cuts < CUTS; cuts += 1) {
      await load.goesOn(100)
      const wire = chance.pick(herd.wires.filter(({ calls }) => calls > 0))
      if (chance.happens(50)) wire.cut()
      else wire.halfClose()
    }
  }
  for (const wire of herd.wires) wire.roughness = SMOOTH
  await load.stop()
  await herd.linked()
  await assertTruth(t, herd, load)
  t.comment(`reports acknowledged: ${load.history.acknowledged.length}`)
})

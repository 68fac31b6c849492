import t from 'tap'
import { liveThroughExpiry } from '../fixtures/expiring-life.js'
import { storyOf } from '../fixtures/seeds.js'
import { liveThrough } from '../fixtures/simulated-life.js'

/** Few: simulation.ts runs many, without taking coverage, which would make them a third slower. */
const SEEDS = 20

for (const simulation of [liveThrough, liveThroughExpiry])
  t.test(`a seed replays the same story: ${simulation.name}`, async (t) => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const [first, again] = [await storyOf(simulation, seed), await storyOf(simulation, seed)]
      t.ok(first.length > 10, `SEED=${seed} has a story`)
      t.ok(first.join('\n') === again.join('\n'), `SEED=${seed} has it twice`)
    }
  })

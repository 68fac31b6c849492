import t from 'tap'
import { simulate, storyOf } from '../fixtures/seeds.js'
import { liveThroughDelays } from '../fixtures/virtual-life.js'

// SEED=17 npm run test:file test/link/simulation.ts  replays one herd, and prints its story if it fails.
const SEEDS = 1_000

// It only computes, so on a busy machine it takes several times as long.
t.setTimeout(1_800_000)

t.test(
  'whatever happened before, links with delays come up, stay up and carry what servers lack',
  async (t) => {
    await simulate(t, liveThroughDelays, SEEDS)
  },
)

t.test('a seed replays the same story', async (t) => {
  const [first, again] = [await storyOf(liveThroughDelays, 1), await storyOf(liveThroughDelays, 1)]
  t.ok(first.length > 10)
  t.same(again, first)
})

import t from 'tap'
import { liveThroughEngine } from '../fixtures/engine-life.js'
import { simulate, storyOf } from '../fixtures/seeds.js'

// SEED=17 npm run test:file test/engine/simulation.ts  replays one herd, and prints its story if it fails.
const SEEDS = 300

// It only computes, so on a busy machine it takes several times as long.
t.setTimeout(1_800_000)

t.test(
  'whatever happens to carriers, broker and messages, tables come to be equal and the newest',
  async (t) => {
    await simulate(t, liveThroughEngine, SEEDS)
  },
)

t.test('a seed replays the same story', async (t) => {
  const [first, again] = [await storyOf(liveThroughEngine, 1), await storyOf(liveThroughEngine, 1)]
  t.ok(first.length > 10)
  t.same(again, first)
})

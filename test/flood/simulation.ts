import t from 'tap'
import { simulate } from '../fixtures/seeds.js'
import { liveThroughExpiry } from '../fixtures/expiring-life.js'
import { liveThrough } from '../fixtures/simulated-life.js'

// SEED=17 npm run test:file test/flood/simulation.ts  replays one herd, and prints its story if it fails.
const SEEDS = 1_000

// It only computes, so on a busy machine it takes several times as long.
t.setTimeout(1_800_000)

t.test(
  'whatever happens to servers, links and messages, herds heal, are right, agree and fall silent',
  async (t) => {
    await simulate(t, liveThrough, SEEDS)
  },
)

t.test(
  'whatever clocks and partitions do, no report is answered that has expired or is forgotten, and neighbours agree',
  async (t) => {
    await simulate(t, liveThroughExpiry, SEEDS)
  },
)

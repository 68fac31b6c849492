import t from 'tap'
import { liveThrough } from '../fixtures/simulated-life.js'

// SEED=17 npx tap --disable-coverage test/flood/simulation.ts  replays one herd, and if it fails tells its story.
const SEED = process.env['SEED']
const SEEDS = Number(process.env['SEEDS'] ?? 1_000)

/** How often a long run says how far it is. */
const PROGRESS_SEEDS = 1_000

/** What breaks one herd often breaks many more, and a few are enough to see what it is. */
const MOST_FAILURES = 10

// It computes all the time and waits for nothing, so on a busy machine it takes several times as long.
t.setTimeout(1_800_000)

t.test(
  'whatever befalls servers, links and messages, herds heal, are right, agree and fall silent',
  async (t) => {
    const failures: string[] = []
    let lived = 0
    for (const seed of seeds()) {
      const why = failureOf(seed)
      if (why !== undefined) failures.push(`SEED=${seed}: ${why}`)
      if (failures.length === MOST_FAILURES) break
      lived += 1
      if (lived % PROGRESS_SEEDS === 0 && SEEDS > PROGRESS_SEEDS)
        console.error(`${lived} of ${SEEDS} herds, ${failures.length} failures`)
    }
    t.same(failures, [])
  },
)

t.test('a seed replays the same story', async (t) => {
  const [first, again] = [story(1), story(1)]
  t.ok(first.length > 100)
  t.same(again, first)
})

function seeds(): number[] {
  return SEED === undefined ? Array.from({ length: SEEDS }, (_, seed) => seed) : [Number(SEED)]
}

function failureOf(seed: number): string | undefined {
  try {
    liveThrough(seed)
    return undefined
  } catch (error) {
    if (SEED !== undefined) for (const words of story(seed)) console.error(words)
    return String(error)
  }
}

/** What happens in the life of a herd, up to its end or what it fails in. */
function story(seed: number): string[] {
  const story: string[] = []
  try {
    liveThrough(seed, (words) => story.push(words()))
  } catch (error) {
    story.push(String(error))
  }
  return story
}

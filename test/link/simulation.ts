import t from 'tap'
import { liveThroughDelays } from '../fixtures/virtual-life.js'

// SEED=17 npx tap --disable-coverage test/link/simulation.ts  replays one herd, and if it fails prints its story.
const SEED = process.env['SEED']
const SEEDS = Number(process.env['SEEDS'] ?? 1_000)

/** How often a long run says how far it is. */
const PROGRESS_SEEDS = 1_000

/** What breaks one herd often breaks many more, and a few are enough to see what it is. */
const MOST_FAILURES = 10

t.setTimeout(1_800_000)

t.test(
  'links with delays come up, stay up and carry what servers lack, whatever happened before',
  async (t) => {
    const failures: string[] = []
    for (const [index, seed] of seeds().entries()) {
      const why = failureOf(seed)
      if (why !== undefined) failures.push(`SEED=${seed}: ${why}`)
      if (failures.length === MOST_FAILURES) break
      if ((index + 1) % PROGRESS_SEEDS === 0 && SEEDS > PROGRESS_SEEDS)
        console.error(`${index + 1} of ${SEEDS} herds with delays, ${failures.length} failures`)
    }
    t.same(failures, [])
  },
)

t.test('a seed replays the same story', async (t) => {
  const [first, again] = [story(1), story(1)]
  t.ok(first.length > 10)
  t.same(again, first)
})

function seeds(): number[] {
  return SEED === undefined ? Array.from({ length: SEEDS }, (_, seed) => seed) : [Number(SEED)]
}

function failureOf(seed: number): string | undefined {
  try {
    liveThroughDelays(seed)
    return undefined
  } catch (error) {
    if (SEED !== undefined) for (const words of story(seed)) console.error(words)
    return error instanceof Error ? error.message : String(error)
  }
}

/** What happens in the life of a herd, up to its end or what it fails in. */
function story(seed: number): string[] {
  const story: string[] = []
  try {
    liveThroughDelays(seed, (words) => story.push(words()))
  } catch (error) {
    story.push(String(error))
  }
  return story
}

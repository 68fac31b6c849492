import t, { type Test } from 'tap'
import { Load } from '../fixtures/load.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import type { Ledger } from '../fixtures/ledger.js'
import { assertEqual, assertTruth, seed, WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

t.setTimeout(WEATHER_TIMEOUT_MS)

/** What `--durability second` promises. */
const SAFE_AFTER_MS = 1_000

/** A commit begins half a second after its first report. The rest of the second is for the disk, which others may keep busy for longer. */
const BUSY_DISK_MS = 1_000

t.test('each server in turn is killed under load, and is as the others again', async (t) => {
  // Nothing on disk: what a server knew it can only be told.
  const herd = await ProcessHerd.start(t, { flags: ['--no-store'] })
  const load = new Load(herd.ports, { seed: seed(t), clients: 300, pauseMs: 20 })
  for (const name of herd.names) {
    await load.goesOn(300)
    await herd.kill(name)
    await load.goesOn(300)
    await herd.start(name)
    await herd.linked([name])
  }
  await load.goesOn(300)
  await load.stop()
  await assertTruth(t, herd, load)
  t.comment(`reports acknowledged: ${load.ledger.acknowledged.length}`)
})

t.test(
  'all servers are killed at once under load: with commits first nothing acknowledged is missing',
  async (t) => {
    const { herd, load } = await killAll(t, 'commit')
    await assertTruth(t, herd, load)
  },
)

t.test('and without, only what was acknowledged within the last second', async (t) => {
  const { herd, load, killedAt, oldestMissingMs } = await killAll(t, 'second')
  const { ledger, clients } = load
  const table = await assertEqual(t, herd, clients)
  t.same(ledger.inventedIn(table), [], 'every report was made')
  const missing = ledger.missingIn(table)
  const oldest = Math.round(Math.max(0, ...missing.map(({ at }) => killedAt - at)))
  t.comment(`missing: ${missing.length}, the oldest of them acknowledged ${oldest} ms before the end`)
  const older = ledger.acknowledged.filter(({ at }) => killedAt - at > oldestMissingMs)
  t.ok(
    older.length > 0,
    `of reports acknowledged more than ${Math.round(oldestMissingMs)} ms before the end there are ${older.length}`,
  )
  t.ok(oldest <= oldestMissingMs, 'and none of them is missing')
})

interface AfterKill {
  readonly herd: ProcessHerd
  readonly load: Load
  readonly killedAt: number
  /** How long before that the oldest report that is missing may have been acknowledged. */
  readonly oldestMissingMs: number
}

/** Kills a whole herd under load and starts it again. */
async function killAll(t: Test, durability: 'commit' | 'second'): Promise<AfterKill> {
  const herd = await ProcessHerd.start(t, { flags: ['--durability', durability] })
  const load = new Load(herd.ports, { seed: seed(t), clients: 300, pauseMs: 20 })
  const startedAt = performance.now()
  while (performance.now() - startedAt < 1.2 * oldestMissing(load.ledger)) await load.goesOn(100)
  const killedAt = performance.now()
  await herd.kill(...herd.names)
  await load.halt()
  t.comment(`reports acknowledged: ${load.ledger.acknowledged.length}`)
  await Promise.all(herd.names.map((name) => herd.start(name)))
  await herd.linked()
  return { herd, load, killedAt, oldestMissingMs: oldestMissing(load.ledger) }
}

// A process that is not given the processor cannot keep time. How long it was not is what its slowest answer tells.
function oldestMissing({ acknowledged }: Ledger): number {
  const slowest = acknowledged.reduce((most, { sentAt, at }) => Math.max(most, at - sentAt), 0)
  return SAFE_AFTER_MS + BUSY_DISK_MS + slowest
}

import t, { type Test } from 'tap'
import { HEARTBEAT_MS, SILENCE_MS } from '../../src/link/heartbeat.js'
import { Load } from '../fixtures/load.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import { assertTruth, WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

t.setTimeout(WEATHER_TIMEOUT_MS)

const STALLED = 'Juzang'
const NEIGHBOURS = ['Clark', 'Bernard', 'Johnson']
const CLIENTS = 60

/** Long IDs soon fill the system's buffers for a server that does not read. */
const ID_BYTES = 3_900

/** The most that the system's buffers hold before anything is pending: a send and a receive buffer, with a margin. */
const KEPT_BYTES = 16 * 1024 * 1024

/** Longer than the idle timeout of a link. */
const LONG_MS = SILENCE_MS + 2 * HEARTBEAT_MS
const SHORT_MS = 2_000

/** A server whose silence is shorter than this has kept its links, since its last heartbeat may be one interval old. */
const KEEPS_LINKS_MS = SILENCE_MS - HEARTBEAT_MS

/** More reports than were in flight when the server was stopped. */
const ENOUGH_ANSWERS = 50

interface Stall {
  readonly herd: ProcessHerd
  /** The maximum number of reports that were pending at any neighbour for the stalled server. */
  readonly mostPending: number
  /** What the others received while they were all linked to it. */
  readonly sentBytes: number
  /** From its last reply before the stall to the first one after it. */
  readonly silentMs: number
}

/** Stops a server under load until the time has passed and `isEnough` holds, then continues it. */
async function stall(t: Test, forMs: number, isEnough: (herd: ProcessHerd) => boolean): Promise<Stall> {
  const herd = await ProcessHerd.start(t, { flags: ['--no-store'] })
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: CLIENTS, idBytes: ID_BYTES, pauseMs: 5 })
  await load.goesOn(100)
  const { acknowledged } = load.history
  const others = herd.names.filter((name) => name !== STALLED)
  const from = performance.now()
  const answered = (server?: string): number =>
    acknowledged.filter((answer) => answer.sentAt > from && answer.server === (server ?? answer.server))
      .length
  let [mostPending, sentBytes] = [0, 0]
  herd.signal('SIGSTOP', STALLED)
  while (
    performance.now() < from + forMs ||
    !others.every((server) => answered(server) >= ENOUGH_ANSWERS) ||
    !isEnough(herd)
  ) {
    const links = (await herd.statuses(NEIGHBOURS)).flatMap(({ links }) => links)
    const toStalled = links.filter(({ neighbour }) => neighbour === STALLED)
    for (const link of toStalled) if (link.state === 'up') mostPending = Math.max(mostPending, link.pending)
    if (toStalled.every(({ state }) => state === 'up')) sentBytes = answered() * ID_BYTES
    await load.goesOn(10)
  }
  const to = performance.now()
  const meanwhile = acknowledged.filter(({ sentAt }) => sentAt > from)
  const worstMs = Math.max(...meanwhile.map(({ sentAt, at }) => at - sentAt))
  t.comment(`the others answered ${meanwhile.length} reports, the slowest in ${Math.round(worstMs)} ms`)
  t.comment(`pending at most: ${mostPending} of ${CLIENTS} clients`)
  herd.signal('SIGCONT', STALLED)
  await herd.status(STALLED)
  const silentMs = performance.now() - from
  await load.stop()
  await herd.linked()
  await herd.equal()
  t.comment(`equal again ${Math.round(performance.now() - to)} ms after it went on`)
  await assertTruth(t, herd, load)
  return { herd, mostPending, sentBytes, silentMs }
}

/** A stall in which links are lost. */
async function stallForLong(t: Test): Promise<void> {
  const lost = `lost the link to ${STALLED}: it has sent nothing for `
  const { mostPending, sentBytes } = await stall(t, LONG_MS, (herd) =>
    NEIGHBOURS.every((neighbour) => herd.printed(neighbour).includes(lost)),
  )
  t.ok(mostPending <= CLIENTS, 'at most one pending report per client')
  t.ok(mostPending > 0 || sentBytes < KEPT_BYTES, `some of ${sentBytes} bytes are pending`)
}

if (isSoak)
  t.test(
    'a server that stalls for long has at most one pending report per client, and catches up',
    stallForLong,
  )

t.test('a server that stalls for less than the idle timeout keeps its links', async (t) => {
  const { herd, mostPending, silentMs } = await stall(t, SHORT_MS, () => true)
  t.ok(mostPending <= CLIENTS, 'at most one pending report per client')
  const lost = herd.names.filter((name) => herd.printed(name).includes('lost the link'))
  // On a busy machine it can be stalled for longer.
  t.same(silentMs < KEEPS_LINKS_MS ? lost : [], [])
})

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

/** Long IDs, so that what the system itself keeps for a server that does not read is soon full. */
const ID_BYTES = 3_900

/** So much the system may keep before anything is pending: what one socket may send and another receive, with room. */
const KEPT_BYTES = 16 * 1024 * 1024

/** Longer than a link lives without a byte. */
const LONG_MS = SILENCE_MS + 2 * HEARTBEAT_MS
const SHORT_MS = 2_000

/** A server that is heard again so soon after its last byte has kept its links, since the last beat may be one beat ago. */
const KEEPS_LINKS_MS = SILENCE_MS - HEARTBEAT_MS

/** More than were in flight when the server was stopped. */
const ENOUGH_ANSWERS = 50

interface Stall {
  readonly herd: ProcessHerd
  /** The most reports that any neighbour had to tell the stalled server at a time. */
  readonly mostPending: number
  /** What the others took in while they were all linked to it. */
  readonly saidBytes: number
  /** From its last answer to the first. */
  readonly silentMs: number
}

/** Stops a server under load until so much time has gone by and `isEnough`, and lets it go on. */
async function stall(t: Test, forMs: number, isEnough: (herd: ProcessHerd) => boolean): Promise<Stall> {
  const herd = await ProcessHerd.start(t, { flags: ['--no-store'] })
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: CLIENTS, idBytes: ID_BYTES, pauseMs: 5 })
  await load.goesOn(100)
  const { acknowledged } = load.ledger
  const others = herd.names.filter((name) => name !== STALLED)
  const from = performance.now()
  const answered = (server?: string): number =>
    acknowledged.filter((answer) => answer.sentAt > from && answer.server === (server ?? answer.server))
      .length
  let [mostPending, saidBytes] = [0, 0]
  herd.signal('SIGSTOP', STALLED)
  while (
    performance.now() < from + forMs ||
    !others.every((server) => answered(server) >= ENOUGH_ANSWERS) ||
    !isEnough(herd)
  ) {
    const links = (await herd.statuses(NEIGHBOURS)).flatMap(({ links }) => links)
    const toStalled = links.filter(({ neighbour }) => neighbour === STALLED)
    for (const link of toStalled) if (link.state === 'up') mostPending = Math.max(mostPending, link.pending)
    if (toStalled.every(({ state }) => state === 'up')) saidBytes = answered() * ID_BYTES
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
  return { herd, mostPending, saidBytes, silentMs }
}

/** In which links are lost. */
async function stallForLong(t: Test): Promise<void> {
  const lost = `lost the link to ${STALLED}: it has sent nothing for `
  const { mostPending, saidBytes } = await stall(t, LONG_MS, (herd) =>
    NEIGHBOURS.every((neighbour) => herd.printed(neighbour).includes(lost)),
  )
  t.ok(mostPending <= CLIENTS, 'at most one pending report a client')
  t.ok(mostPending > 0 || saidBytes < KEPT_BYTES, `something is pending of ${saidBytes} bytes`)
}

if (isSoak)
  t.test('a server that stalls for long costs a pending report per client, and catches up', stallForLong)

t.test('one that stalls for less than a link lives keeps its links', async (t) => {
  const { herd, mostPending, silentMs } = await stall(t, SHORT_MS, () => true)
  t.ok(mostPending <= CLIENTS, 'at most one pending report a client')
  const lost = herd.names.filter((name) => herd.printed(name).includes('lost the link'))
  // On a busy machine it can be as good as stopped for longer.
  t.same(silentMs < KEEPS_LINKS_MS ? lost : [], [])
})

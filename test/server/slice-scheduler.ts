import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Memory } from '../../src/memory/memory.js'
import { Flood } from '../../src/flood/flood.js'
import type { Entry } from '../../src/log/entry.js'
import type { ServerStatus } from '../../src/protocol/status.js'
import { MAX_UNHASHED } from '../../src/flood/table.js'
import { MAX_SLICES_MS, MIN_SLICES_MS, SLICE, SliceScheduler } from '../../src/server/slice-scheduler.js'
import { KEYS } from '../fixtures/memory.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import type { Peer } from '../fixtures/peer.js'
import { report } from '../fixtures/reports.js'
import { floodAlone } from '../fixtures/floods.js'

const PAIR = anyPorts({ servers: ['Amber', 'Clark'], links: [['Amber', 'Clark']] })
const MANY = 20 * MAX_UNHASHED

/** A flood with reports of `clients` clients. */
function floodOf(clients: number): Flood {
  const flood = floodAlone('Clark')
  for (let n = 0; n < clients; n += 1) flood.receive(report(`AT Clark +0.1 client-${n} +1+1 1`))
  return flood
}

/** A flood whose slices are recorded, and a clock on which each slice takes a millisecond. */
function recorded(clients: number): {
  flood: Flood
  scheduler: SliceScheduler
  counts: number[]
  turns: number[]
  clock: { now: number }
} {
  const flood = floodOf(clients)
  const clock = { now: 0 }
  const counts: number[] = []
  const turns: number[] = []
  const scheduler = new SliceScheduler({ run: () => void turns.push(counts.length) }, () => clock.now)
  const note = (count = Infinity): void => {
    counts.push(count)
    clock.now += 1
  }
  scheduler.join({
    get unhashed() {
      return flood.slices.unhashed
    },
    get isBehind() {
      return flood.slices.isBehind
    },
    hash: (count) => {
      note(count)
      flood.slices.hash(count)
    },
    work: (count) => {
      note(count)
      flood.slices.work(count)
    },
  })
  return { flood, scheduler, counts, turns, clock }
}

t.test('no slice exceeds its size, and other events are processed in between', async (t) => {
  const { flood, scheduler, counts, turns } = recorded(MANY)
  const atOnce = floodOf(MANY)
  t.equal(scheduler.areHashed, false)
  let others = 0
  let other = setImmediate(function again() {
    others += 1
    other = setImmediate(again)
  })
  await scheduler.hashed()
  clearImmediate(other)
  t.ok(others >= turns.length - 1, `${others} turns for others, ${turns.length} for slices`)
  t.equal(scheduler.areHashed, true)
  t.ok(flood.slices.unhashed <= MAX_UNHASHED, `${flood.slices.unhashed} left`)
  t.same(new Set(counts), new Set([SLICE]))
  t.same(
    turns.slice(0, 3),
    [MIN_SLICES_MS, 2 * MIN_SLICES_MS, 3 * MIN_SLICES_MS],
    'a tick runs after each turn',
  )
  t.equal(flood.digest, atOnce.digest)
})

t.test('slices take as long as everything else took, within limits', async (t) => {
  const { scheduler, turns, clock } = recorded(MANY)
  const hashed = scheduler.hashed()
  clock.now += 12
  while (turns.length < 1) await turn()
  clock.now += 1_000
  await hashed
  t.same(turns.slice(0, 2), [12, 12 + MAX_SLICES_MS])
})

t.test('a digest that is due is hashed in slices before it is sent', async (t) => {
  const { flood, scheduler, counts, turns } = recorded(MANY)
  flood.linkUp('Amber', 'proxyherd')
  t.equal(flood.slices.isBehind, true)
  t.equal(flood.hasToSend('Amber'), false)
  scheduler.due()
  scheduler.due()
  while (flood.slices.isBehind) await turn()
  t.same(new Set(counts), new Set([SLICE]))
  t.equal(counts.length, turns.at(-1))
  t.equal(flood.hasToSend('Amber'), true)
  const done = turns.length
  scheduler.due()
  await turn()
  t.equal(turns.length, done, 'without work there are no turns')
})

/** Clark, which has many dirty reports, and a neighbour linked to it. */
async function busyClark(t: Test): Promise<{ herd: TestHerd; amber: Peer }> {
  const herd = await TestHerd.start(t, { topology: PAIR, names: ['Clark'] })
  const amber = await link(t, herd, 1)
  const iamats = Array.from({ length: MANY }, (_, n) => `IAMAT client-${n} +1+1 1\n`).join('')
  t.equal((await herd.ask('Clark', iamats)).split('\n').length, MANY + 1)
  await amber.read(`client-${MANY - 1} +1+1 1\n`)
  return { herd, amber }
}

async function link(t: Test, herd: TestHerd, incarnation: number): Promise<Peer> {
  return herd.linkFrom(t, 'Amber', 'Clark', incarnation)
}

t.test("a neighbour's digest is compared after all reports here are hashed", async (t) => {
  const { amber } = await busyClark(t)
  amber.write('DIGEST 0123456789abcdef 1\n')
  await amber.read('BUCKETS ')
  const buckets = await amber.read()
  t.match(buckets, /^[0-9a-f]{16384}\n$/)
  const [first, ...others] = buckets.match(/.{16}/g) ?? []
  const changed = first === '0123456789abcdef' ? 'fedcba9876543210' : '0123456789abcdef'
  amber.write(`BUCKETS ${changed}${others.join('')}\n`)
  await amber.read('HAVE ')
  t.match(await amber.read(), /^0 /, 'the bucket that differs')
})

t.test('a neighbour that links is sent the digest after all reports are hashed', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR, names: ['Clark'] })
  await herd.ask('Clark', Array.from({ length: MANY }, (_, n) => `IAMAT client-${n} +1+1 1\n`).join(''))
  const amber = await link(t, herd, 1)
  t.match(await amber.read(), new RegExp(`^DIGEST [0-9a-f]{16} ${MANY}\n$`))
})

t.test('a digest from a link that is lost meanwhile is not compared', async (t) => {
  const { herd, amber } = await busyClark(t)
  amber.write('DIGEST 0123456789abcdef 1\n')
  amber.end()
  await amber.closed
  const again = await link(t, herd, 2)
  t.match(await again.read(), `DIGEST `)
  again.write('HAVE 0 0123456789abcdef\n')
  t.match(
    await again.read('WANT 0 0123456789abcdef\n'),
    /^(?!.*BUCKETS)/s,
    'the first request is answered first',
  )
})

t.test('STATUS waits for hashes, and its reply keeps its place', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  const asker = await herd.client(t, 'Clark')
  const iamats = Array.from({ length: MANY }, (_, n) => `IAMAT client-${n} +1+1 1\n`).join('')
  t.equal((await herd.ask('Clark', iamats)).split('\n').length, MANY + 1)
  const logged = herd.logs.get('Clark')?.entries ?? []
  asker.write('STATUS proxyherd\nFOO\n')
  const reply = await asker.read()
  t.equal(await asker.read(), '? FOO\n')
  const status = JSON.parse(reply.slice('STATUS '.length)) as ServerStatus
  t.match(status, {
    clients: MANY,
    digest: floodFromLog(logged).digest,
    links: [{ neighbour: 'Amber', lastComparison: { equal: true } }],
  })
})

/** A flood with the reports of the IAMAT replies in a log. */
function floodFromLog(entries: readonly Entry[]): Flood {
  // A herd without a herd key hashes with a public key.
  const flood = new Flood('Clark', new Memory({ ...KEYS, digest: [0, 0, 0, 0] }))
  for (const entry of entries)
    if (entry.kind === 'out' && entry.peer === 'client' && entry.line.startsWith('AT '))
      flood.receive(report(entry.line))
  return flood
}

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { NO_CUTOFF } from '../../src/flood/cutoff.js'
import { ExpiryClock, READ_CLOCK_MS } from '../../src/server/expiry-clock.js'
import { expiryDifference } from '../../src/server/expiry-difference.js'
import type { ServerOptions } from '../../src/server/server-options.js'
import type { ServerStatus } from '../../src/protocol/status.js'
import { openStore } from '../../src/store/store.js'
import { floodAlone } from '../fixtures/floods.js'
import { anyPorts, TestHerd, type TestHerdOptions } from '../fixtures/herd.js'

const ALONE = anyPorts({ servers: ['Clark'], links: [] })
const PAIR = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })
const SECOND = 1_000_000_000n

/** A clock that a test sets, in seconds. */
class TestClock {
  seconds = 10_000
  readonly read = (): bigint => BigInt(this.seconds) * SECOND
}

/** A herd that keeps reports for a minute, and whose clock stands still. */
async function minuteHerd(
  t: Test,
  more: TestHerdOptions = {},
): Promise<{ herd: TestHerd; clock: TestClock }> {
  const clock = new TestClock()
  const herd = await TestHerd.start(t, { topology: ALONE, expireSeconds: 60, clock: clock.read, ...more })
  return { herd, clock }
}

async function statusOf(herd: TestHerd, server: string): Promise<ServerStatus> {
  const [, json = ''] = /^STATUS (.*)\n$/.exec(await herd.ask(server, 'STATUS proxyherd\n')) ?? []
  return JSON.parse(json) as ServerStatus
}

/** Sets the clock, and waits for a tick, which reads it. */
async function setClock(herd: TestHerd, clock: TestClock, seconds: number): Promise<void> {
  clock.seconds = seconds
  for (const server of herd.herd.addresses.keys()) await herd.ask(server, 'STATUS proxyherd\n')
}

t.test('a report that has expired is refused, with a reason in the log', async (t) => {
  const { herd } = await minuteHerd(t)
  const old = 'IAMAT kiwi +1+1 9939.999999999\n'
  t.equal(await herd.ask('Clark', old), `? ${old}`)
  t.equal(await herd.ask('Clark', 'IAMAT kiwi +1+1 9940\n'), 'AT Clark +60.000000000 kiwi +1+1 9940\n')
  const refused = herd.logs.get('Clark')?.entries.find(({ kind }) => kind === 'refused')
  t.match(refused, { why: 'its time is before 9940, so it has expired' })
  t.match(await herd.ask('Clark', 'AT Oak +0.1 lime +1+1 9939\nWHATSAT lime 1 0\n'), /^\? WHATSAT/)
})

t.test('a client whose report has expired is unknown, and not near', async (t) => {
  const { herd, clock } = await minuteHerd(t)
  const ats = await herd.ask('Clark', 'IAMAT kiwi +1+1 9990\nIAMAT lime +1+1 9991\n')
  const [, lime = ''] = ats.split('\n')
  await setClock(herd, clock, 10_050)
  t.equal(await herd.ask('Clark', 'NEAR +1+1 1 9\n'), `${ats}\n`)
  await setClock(herd, clock, 10_051)
  t.equal(await herd.ask('Clark', 'WHATSAT kiwi 1 0\n'), '? WHATSAT kiwi 1 0\n')
  t.equal(await herd.ask('Clark', 'NEAR +1+1 1 9\n'), `${lime}\n\n`)
  t.match(await statusOf(herd, 'Clark'), {
    clients: 1,
    expiry: { expireSeconds: 60, cutoff: 9_991, step: 1, dropped: 1, refused: 0 },
  })
})

t.test('a report that is kept only for its generation is not near either', async (t) => {
  const { herd, clock } = await minuteHerd(t)
  await herd.ask('Clark', 'FORGET kiwi\n')
  const report = await herd.ask('Clark', 'IAMAT kiwi +1+1 9950\n')
  t.equal(await herd.ask('Clark', 'NEAR +1+1 1 9\n'), `${report}\n`)
  await setClock(herd, clock, 10_011)
  t.equal(await herd.ask('Clark', 'WHATSAT kiwi 1 0\n'), '? WHATSAT kiwi 1 0\n')
  t.equal(await herd.ask('Clark', 'NEAR +1+1 1 9\n'), '\n')
  await setClock(herd, clock, 10_010)
  t.equal(await herd.ask('Clark', 'NEAR +1+1 1 9\n'), `${report}\n`)
})

t.test('servers of a process drop at the same time, and stay in sync', async (t) => {
  const { herd, clock } = await minuteHerd(t, { topology: PAIR })
  await herd.ask('Clark', 'IAMAT kiwi +1+1 9990\n')
  await setClock(herd, clock, 10_051)
  for (const server of ['Clark', 'Oak'])
    t.match(await statusOf(herd, server), {
      clients: 0,
      links: [{ lastComparison: { equal: true } }],
      expiry: { cutoff: 9_991 },
    })
})

t.test('a server without --expire says nothing about it', async (t) => {
  const herd = await TestHerd.start(t, { topology: ALONE })
  t.equal((await statusOf(herd, 'Clark')).expiry, undefined)
})

t.test('what has expired on disk is not loaded', async (t) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'expiry-')), 'Clark')
  const open: ServerOptions['openStore'] = (reports) =>
    openStore({ folder, server: 'Clark', reports, onFault: () => undefined, onRecovery: () => undefined })
  const first = await minuteHerd(t, { openStore: open })
  await first.herd.ask('Clark', 'IAMAT kiwi +1+1 9990\nIAMAT lime +1+1 10000\n')
  await first.herd.herd.stopAll()
  const clock = new TestClock()
  clock.seconds = 10_055
  const herd = await TestHerd.start(t, {
    topology: ALONE,
    expireSeconds: 60,
    clock: clock.read,
    openStore: open,
  })
  t.match(await statusOf(herd, 'Clark'), { clients: 1, expiry: { refused: 1, dropped: 0 } })
  t.match(await herd.ask('Clark', 'WHATSAT lime 1 0\n'), /^AT Clark/)
})

t.test('a neighbour is sent cutoffs only if it understands them', async (t) => {
  const { herd } = await minuteHerd(t, { topology: PAIR, names: ['Clark'] })
  const old = await herd.linkFrom(t, 'Oak', 'Clark')
  t.match(await old.read(), /^DIGEST 0{16} 0\n$/)
  old.write('FEATURES cutoffs\n')
  t.equal(await old.read(), 'DIGEST 0000000000000000 0 9940 1 9940\n')
})

t.test('a neighbour whose cutoff is another is reported once', async (t) => {
  const faults: string[] = []
  const onFault = (why: string): void => void faults.push(why)
  const { herd } = await minuteHerd(t, { topology: PAIR, names: ['Clark'], onFault })
  const oak = await herd.linkFrom(t, 'Oak', 'Clark')
  await oak.read()
  oak.write('FEATURES cutoffs\n')
  await oak.read()
  const digest = 'DIGEST 0000000000000000 0'
  for (const cutoff of [9_938, 9_937, 9_940, 9_945]) {
    oak.write(`${digest} ${cutoff} 1 9950\n`)
    t.equal(await oak.read(), `${digest} 9940 1 9950\n`)
    // The digest that was sent last was of the same range, so the next is not answered.
    oak.write(`${digest} ${cutoff} 1 9951\n`)
    t.equal(await oak.read(), `${digest} 9940 1 9951\n`)
  }
  t.same(faults, [
    'reports expire 2 s later at Oak than here: its clock or its --expire differs',
    'reports expire 5 s sooner at Oak than here: its clock or its --expire differs',
  ])
  t.match(await statusOf(herd, 'Clark'), {
    links: [{ expiry: { cutoff: 9_945, step: 1, differs: true }, lastComparison: { equal: true } }],
  })
  oak.write(`${digest} 9930 1 9930\n`)
  t.equal(await oak.read(), `${digest} 9940 1 9940\n`, 'it has compared more than is kept here')
})

t.test('a difference of cutoffs is said in words', async (t) => {
  const ours = { cutoff: 100, step: 2 }
  for (const [theirs, mine, words] of [
    [NO_CUTOFF, ours, 'Oak keeps reports that expire here: it has no --expire'],
    [ours, NO_CUTOFF, 'reports expire at Oak that are kept here, without --expire'],
    [{ cutoff: 50, step: 2 }, ours, /^reports expire 50 s later at Oak than here/],
    [{ cutoff: 150, step: 2 }, ours, /^reports expire 50 s sooner at Oak than here/],
  ] as const)
    t.match(expiryDifference('Oak', theirs, mine), words)
})

t.test('the cutoff follows the clock, also backwards, and moves only when it must', async (t) => {
  const clock = new TestClock()
  const { expiry } = floodAlone('Clark')
  let [moves, ticks] = [0, 0]
  const moved: Pick<typeof expiry, 'cutoff' | 'moveCutoff'> = {
    get cutoff() {
      return expiry.cutoff
    },
    moveCutoff: (cutoff) => {
      moves += 1
      expiry.moveCutoff(cutoff)
    },
  }
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const tick = { due: () => (ticks += 1) } as unknown as ServerOptions['tick']
  const options = { clock: clock.read, expireSeconds: 128, tick }
  const expiryClock = new ExpiryClock({ options, expiry: moved })
  const cutoffs = [expiry.cutoff.cutoff]
  for (const seconds of [10_001, 10_002, 9_000]) {
    clock.seconds = seconds
    expiryClock.update()
    cutoffs.push(expiry.cutoff.cutoff)
  }
  t.same([cutoffs, moves], [[9_872, 9_872, 9_874, 8_872], 3])
  mock.timers.tick(2 * READ_CLOCK_MS)
  t.equal(ticks, 2, 'an idle server ticks, too')
  expiryClock.stop()
  mock.timers.tick(READ_CLOCK_MS)
  t.equal(ticks, 2)
})

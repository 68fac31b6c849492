import t from 'tap'
import { ClientPass } from '../../src/flood/client-pass.js'
import { areFarApart, cutoffAt, NO_CUTOFF } from '../../src/flood/cutoff.js'
import { Flood } from '../../src/flood/flood.js'
import type { Removal } from '../../src/flood/follow-policy.js'
import { MAX_UNHASHED, Table } from '../../src/flood/table.js'
import { Memory } from '../../src/memory/memory.js'
import type { ClientNumber } from '../../src/memory/numbers.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { expiryTime } from '../../src/protocol/expiry-time.js'
import { recordOf } from '../../src/protocol/statement.js'
import { at, expireBefore, floodWith, held, receiveAll } from '../fixtures/expiring-floods.js'
import { floodAlone, sentBy } from '../fixtures/floods.js'
import { KEYS } from '../fixtures/memory.js'
import { report, statement } from '../fixtures/reports.js'

t.test('a cutoff moves in steps of a 64th of the time, and at least of a second', async (t) => {
  for (const [now, expire, cutoff, step] of [
    [1_000, 60, 940, 1],
    [1_000.9, 60, 940, 1],
    [1_000, 128, 872, 2],
    [1_001, 128, 872, 2],
    [1_002, 128, 874, 2],
    [100_000, 3_600, 96_376, 56],
    [50, 60, 0, 1],
  ] as const)
    t.same(cutoffAt(now, expire), { cutoff, step }, `${now} ${expire}`)
})

t.test('cutoffs that differ by more than a step of the coarser are far apart', async (t) => {
  for (const [a, b, isFar] of [
    [{ cutoff: 100, step: 2 }, { cutoff: 110, step: 10 }, false],
    [{ cutoff: 100, step: 10 }, { cutoff: 111, step: 2 }, true],
    [{ cutoff: 100, step: 10 }, NO_CUTOFF, true],
    [NO_CUTOFF, NO_CUTOFF, false],
  ] as const) {
    t.equal(areFarApart(a, b), isFar)
    t.equal(areFarApart(b, a), isFar)
  }
})

t.test('a report expires by its own time, in whole seconds', async (t) => {
  for (const [time, seconds] of [
    ['5', 5],
    ['5.999999999', 5],
    ['0005.1', 5],
    ['1'.repeat(400), Infinity],
  ] as const)
    t.equal(expiryTime(report(at('kiwi', time))), seconds)
})

t.test('a pass visits each client once, in slices', async (t) => {
  const pass = new ClientPass()
  const visited: ClientNumber[] = []
  const run = (most: number): number => pass.run(most, 5, (client) => (visited.push(client), 2))
  t.same([pass.left(5), run(9), visited], [0, 0, []], 'not before it is started')
  pass.start()
  t.same([run(3), visited, pass.left(5)], [4, [0, 1], 3])
  t.same(
    [0, 1, 2].map((client) => pass.hasPassed(client as ClientNumber)),
    [true, true, false],
  )
  t.same([run(Infinity), visited, pass.left(5), pass.left(9)], [6, [0, 1, 2, 3, 4], 0, 0])
})

t.test('what has expired is gone at once, and dropped in slices', async (t) => {
  const flood = floodWith('Clark', 0, at('kiwi', 9.9), at('lime', 10), at('plum', 11))
  const [digest, removed] = [floodWith('Clark', 0, at('lime', 10), at('plum', 11)).digest, [] as string[]]
  const follower = flood.follow({ from: 'now' })
  flood.follow({ from: 'now', onRemoved: (client, why) => removed.push(`${client} ${why}`) })
  flood.expiry.moveCutoff({ cutoff: 10, step: 1 })
  t.same([flood.size, flood.slices.isBehind, flood.slices.unhashed, removed], [3, true, 6, []])
  t.equal(flood.get(toBytes('kiwi')), undefined)
  t.same(held(flood), [at('lime', 10), at('plum', 11)])
  flood.slices.work(1)
  t.same([flood.size, flood.slices.isBehind, flood.slices.unhashed, removed], [2, true, 4, ['0 expired']])
  flood.slices.work(9)
  t.same([flood.size, flood.slices.isBehind, flood.expiry.dropped], [2, false, 1])
  t.equal(flood.digest, digest)
  const read: Removal[] = []
  t.equal(
    follower.readRemovals((_, why) => read.push(why)),
    true,
  )
  t.same(read, ['expired'])
})

t.test('a table drops what has expired in slices, each drop counting as many looks', async (t) => {
  const memory = new Memory(KEYS)
  const table = new Table(memory, 4)
  for (const [client, time] of [
    ['kiwi', 9],
    ['lime', 10],
    ['plum', 9],
  ] as const) {
    const number = memory.add(report(at(client, time)), 0)
    table.put(number, memory.latest(number))
  }
  table.moveCutoff({ cutoff: 10, step: 1 })
  t.same([table.dropExpired(1), table.size], [100, 2])
  t.same([table.dropExpired(1), table.size], [1, 2])
  t.same([table.unhashed, table.isDropping], [3, true], 'two are not hashed, and one is not looked at')
  table.hash()
  t.same([table.unhashed, table.size, table.expired], [0, 1, 2])
})

t.test('a table keeps a report for its generation that it shows no longer', async (t) => {
  const memory = new Memory(KEYS)
  const table = new Table(memory, 4)
  const kept = statement('GENERATION 20 AT Oak +0.1 kiwi +1+1 9')
  const client = memory.add(recordOf(kept), kept.kind)
  table.put(client, memory.latest(client))
  t.ok(table.isShown(client))
  table.moveCutoff({ cutoff: 10, step: 1 })
  table.hash()
  t.same([table.size, table.isShown(client)], [1, false])
  table.moveCutoff({ cutoff: 21, step: 1 })
  table.hash()
  t.equal(table.size, 0)
})

t.test('digests wait until what has expired is dropped', async (t) => {
  const flood = floodAlone('Clark')
  for (let client = 0; client <= MAX_UNHASHED; client += 1) receiveAll(flood, at(`c${client}`, client % 2))
  flood.slices.hash()
  flood.linkUp('Oak', 'proxyherd')
  flood.expiry.moveCutoff({ cutoff: 1, step: 1 })
  t.same(sentBy(flood, 'Oak', 9), [])
  flood.slices.hash(1)
  t.ok(flood.slices.unhashed > 0)
  flood.slices.hash()
  t.same([flood.slices.unhashed, flood.size], [0, MAX_UNHASHED / 2])
  t.match(sentBy(flood, 'Oak', 9), [{ kind: 'digest', range: { cutoff: 1, step: 1, from: 1 } }])
})

t.test('a report that has expired is refused from anyone, and counted', async (t) => {
  const flood = floodWith('Oak', 10)
  flood.linkUp('Clark', 'proxyherd')
  flood.linkUp('Elm', 'proxyherd')
  const old = report('AT Clark +0.1 kiwi +1+1 9')
  t.equal(flood.receive(old), false)
  t.equal(flood.receive(old, 'Clark'), false)
  t.equal(flood.receive(old, 'Elm'), false)
  t.equal(flood.receiveLate(old, 'Clark'), false)
  t.same([flood.size, flood.expiry.refused], [0, 4])
  t.same(
    sentBy(flood, 'Elm', 9).map(({ kind }) => kind),
    ['prune', 'digest'],
    'for the tree, it is a report like any other',
  )
  t.equal(flood.receive(report(at('kiwi', 10)), 'Clark'), true)
})

t.test('what is older than the report of a client has no say in when it expires', async (t) => {
  const flood = floodWith('Clark', 10, at('kiwi', 15))
  t.same(receiveAll(flood, at('kiwi', 12)), [false])
  expireBefore(flood, 15)
  t.same(held(flood), [at('kiwi', 15)])
  expireBefore(flood, 16)
  t.same(held(flood), [])
})

t.test('servers of a process that drop sooner take over nothing that has expired', async (t) => {
  const memory = new Memory(KEYS)
  const [clark, oak] = [new Flood('Clark', memory), new Flood('Oak', memory)]
  expireBefore(oak, 10)
  receiveAll(clark, at('kiwi', 9), at('lime', 10))
  clark.linkUp('Oak', 'local')
  oak.linkUp('Clark', 'local')
  clark.passNews(oak, clark.nextChange, () => undefined)
  clark.passRepairs(oak, 9, () => undefined)
  t.equal(
    clark.passRepairs(floodAlone('Elm'), 9, () => undefined),
    0,
  )
  t.same(held(oak), [at('lime', 10)])
})

t.test('a report that has expired on disk is not loaded, however it is read', async (t) => {
  const memory = new Memory(KEYS)
  const [clark, oak] = [new Flood('Clark', memory), new Flood('Oak', memory)]
  expireBefore(oak, 10)
  receiveAll(clark, at('kiwi', 11), at('lime', 9))
  receiveAll(oak, at('kiwi', 11))
  const line = toBytes(`${at('lime', 9)}\n`)
  t.equal(oak.loadShared(line, 0, line.length), line.length - 1, 'it is read all the same')
  t.same(receiveAll(oak, at('lime', 9)), [false])
  t.same(held(oak), [at('kiwi', 11)])
})

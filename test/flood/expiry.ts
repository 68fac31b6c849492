import t from 'tap'
import { ClientPass } from '../../src/flood/client-pass.js'
import { LATER_SECONDS } from '../../src/flood/compared-range.js'
import { areFarApart, cutoffAt, NO_CUTOFF } from '../../src/flood/cutoff.js'
import type { Flood } from '../../src/flood/flood.js'
import type { Removal } from '../../src/flood/follower.js'
import { MAX_UNHASHED } from '../../src/flood/table.js'
import type { ClientNumber } from '../../src/memory/numbers.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { expiryTime } from '../../src/protocol/expiry-time.js'
import { catchUp, exchange, floodAlone, linkBoth, reportsFor, sentBy } from '../fixtures/floods.js'
import { lineIn, report } from '../fixtures/reports.js'

function at(client: string, time: number | string): string {
  return `AT Clark +0.1 ${client} +1+1 ${time}`
}

function receive(flood: Flood, ...lines: string[]): boolean[] {
  return lines.map((line) => flood.receive(report(line)))
}

/** Moves the cutoff of a server, in steps of a second, and drops what has expired. */
function expireBefore(flood: Flood, cutoff: number, step = 1): void {
  flood.expiry.moveCutoff({ cutoff, step })
  catchUp(flood)
}

/** A server with a cutoff that holds these lines. */
function floodWith(server: string, cutoff: number, ...lines: string[]): Flood {
  const flood = floodAlone(server)
  if (cutoff > 0) expireBefore(flood, cutoff)
  receive(flood, ...lines)
  return flood
}

function held(flood: Flood): string[] {
  return Array.from(flood.reports(), lineIn).sort()
}

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
  t.same([flood.size, flood.isBehind, flood.unhashed, removed], [3, true, 6, []])
  t.equal(flood.get(toBytes('kiwi')), undefined)
  t.same(held(flood), [at('lime', 10), at('plum', 11)])
  flood.work(1)
  t.same([flood.size, flood.isBehind, flood.unhashed, removed], [2, true, 4, ['0 expired']])
  flood.work(9)
  t.same([flood.size, flood.isBehind, flood.expiry.dropped], [2, false, 1])
  t.equal(flood.digest, digest)
  const read: Removal[] = []
  t.equal(
    follower.readRemovals((_, why) => read.push(why)),
    true,
  )
  t.same(read, ['expired'])
})

t.test('digests wait until what has expired is dropped', async (t) => {
  const flood = floodAlone('Clark')
  for (let client = 0; client <= MAX_UNHASHED; client += 1) receive(flood, at(`c${client}`, client % 2))
  flood.hash()
  flood.linkUp('Oak', 'proxyherd')
  flood.expiry.moveCutoff({ cutoff: 1, step: 1 })
  t.same(sentBy(flood, 'Oak', 9), [])
  flood.hash(1)
  t.ok(flood.unhashed > 0)
  flood.hash()
  t.same([flood.unhashed, flood.size], [0, MAX_UNHASHED / 2])
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
  t.same(receive(flood, at('kiwi', 12)), [false])
  expireBefore(flood, 15)
  t.same(held(flood), [at('kiwi', 15)])
  expireBefore(flood, 16)
  t.same(held(flood), [])
})

t.test('servers of a process drop what the others still have', async (t) => {
  const [clark, oak] = [floodAlone('Clark'), floodAlone('Oak')]
  t.same(receive(clark, at('kiwi', 9)), [true])
  const line = toBytes(`${at('kiwi', 9)}\n`)
  expireBefore(oak, 10)
  t.equal(oak.receiveShared(line, 0, line.length), -1, 'a memory of its own knows nothing')
})

/** Has two linked servers compare, and returns the kinds of the messages and the reports among them. */
function compare(clark: Flood, oak: Flood): string[] {
  clark.compare('Oak')
  oak.compare('Clark')
  return exchange(['Clark', clark], ['Oak', oak]).map((message) =>
    message.kind === 'report' ? message.line : message.kind,
  )
}

t.test('neighbours compare what both keep, and send each other nothing else', async (t) => {
  const [old, kept, news] = [at('kiwi', 9), at('lime', 20), at('plum', 21)]
  for (const [clarks, oaks] of [
    [0, 10],
    [10, 0],
    [5, 10],
    [10, 5],
    [10, 10],
    [1, 15],
  ] as const) {
    const clark = floodWith('Clark', clarks, old, kept)
    const oak = floodWith('Oak', oaks, old, kept, news)
    linkBoth(clark, oak)
    const sent = compare(clark, oak)
    t.notOk(sent.includes(old), `${clarks} and ${oaks}: ${sent.join(', ')}`)
    t.ok(held(clark).includes(news))
    const again = compare(clark, oak)
    t.same([...new Set(again)], ['digest'], `${clarks} and ${oaks}`)
    t.same([clark.inSync('Oak'), oak.inSync('Clark')], [true, true])
    t.equal(held(clark).includes(old), clarks < 10)
  }
})

t.test('what a neighbour would drop is not passed on to it', async (t) => {
  const [clark, oak] = [floodWith('Clark', 0), floodWith('Oak', 10)]
  linkBoth(clark, oak)
  compare(clark, oak)
  receive(clark, at('kiwi', 9), at('lime', 10))
  t.same(reportsFor(clark, 'Oak', 9), [at('lime', 10)])
  t.equal(clark.hasToSend('Oak'), false)
})

t.test('what has expired but is not dropped yet is not sent', async (t) => {
  const flood = floodWith('Clark', 0)
  flood.linkUp('Elm', 'plain')
  receive(flood, at('kiwi', 9), at('lime', 10))
  flood.expiry.moveCutoff({ cutoff: 10, step: 1 })
  t.same(reportsFor(flood, 'Elm', 9), [at('lime', 10)])
})

t.test('what was dropped while a clock was ahead comes back from a neighbour', async (t) => {
  const lines = [at('kiwi', 20), at('lime', 30)]
  const [clark, oak] = [floodWith('Clark', 10, ...lines), floodWith('Oak', 10, ...lines)]
  linkBoth(clark, oak)
  compare(clark, oak)
  expireBefore(oak, 5_000)
  t.same([held(oak), oak.digest], [[], '0000000000000000'])
  t.same(
    compare(clark, oak).filter((sent) => sent.startsWith('AT')),
    [],
  )
  t.same([clark.inSync('Oak'), held(clark)], [true, lines])
  expireBefore(oak, 11)
  t.equal(oak.hasToSend('Clark'), true, 'it compares at once')
  exchange(['Clark', clark], ['Oak', oak])
  t.same(held(oak), lines)
})

t.test('a cutoff may pass while a digest is under way', async (t) => {
  const [kept, news] = [at('lime', 90), at('plum', 91)]
  for (const [first, second] of [
    ['Clark', 'Oak'],
    ['Oak', 'Clark'],
  ] as const) {
    const floods = { Clark: floodWith('Clark', 10, kept, news), Oak: floodWith('Oak', 10, kept) }
    linkBoth(floods.Clark, floods.Oak)
    const [sender, receiver] = [floods[first], floods[second]]
    sentBy(receiver, first, 9)
    const [digest] = sentBy(sender, second, 9)
    expireBefore(receiver, 12)
    if (digest?.kind === 'digest') receiver.receiveSync(digest, first)
    t.equal(receiver.inSync(first), undefined, 'it is of more than is kept')
    t.match(sentBy(receiver, first, 9), [{ kind: 'digest', range: { cutoff: 12, step: 1, from: 12 } }])
    if (digest?.kind === 'digest') receiver.receiveSync(digest, first)
    const [answer] = sentBy(receiver, first, 9)
    t.match(answer, { range: { cutoff: 12, step: 1, from: 12 + LATER_SECONDS } })
    if (answer?.kind === 'digest') sender.receiveSync(answer, second)
    expireBefore(floods.Clark, 14)
    expireBefore(floods.Oak, 14)
    exchange(['Clark', floods.Clark], ['Oak', floods.Oak])
    t.same(held(floods.Oak), [kept, news])
  }
})

t.test('buckets of more than is kept are not compared: the comparison starts again', async (t) => {
  const flood = floodWith('Clark', 10, at('kiwi', 50))
  flood.linkUp('Oak', 'proxyherd')
  sentBy(flood, 'Oak', 9)
  flood.receiveSync({ kind: 'buckets', digests: new Uint32Array(2_048), from: 9 }, 'Oak')
  t.match(sentBy(flood, 'Oak', 9), [{ kind: 'digest', range: { from: 10 } }])
  flood.receiveSync({ kind: 'buckets', digests: new Uint32Array(2_048), from: 18 }, 'Oak')
  t.match(sentBy(flood, 'Oak', 9), [{ kind: 'have', from: 18 }])
  flood.receiveSync({ kind: 'have', bucket: 0, digests: new Uint32Array(0), from: 99 }, 'Oak')
  t.equal(flood.hasToSend('Oak'), false)
})

t.test('the digests of a later part follow the table, also while they are made', async (t) => {
  const flood = floodAlone('Oak')
  const lines = Array.from({ length: 3 * MAX_UNHASHED }, (_, n) => at(`c${n}`, n % 50))
  receive(flood, ...lines)
  flood.hash()
  flood.linkUp('Clark', 'proxyherd')
  sentBy(flood, 'Clark', 9)
  const message = {
    kind: 'digest',
    digest: '0'.repeat(16),
    clients: 1,
    range: { cutoff: 20, step: 1, from: 20 },
  } as const
  flood.prepareSync(message, 'Clark')
  t.equal(flood.unhashed, lines.length)
  flood.hash(1_000)
  const moved = [at('c7', 60), at('c2901', 60), at('c99999', 60), at('c99998', 7)]
  receive(flood, ...moved)
  while (flood.unhashed > 0) flood.hash(500)
  const same = floodWith('Oak', 20, ...lines, ...moved)
  flood.receiveSync({ ...message, digest: same.digest }, 'Clark')
  t.equal(flood.inSync('Clark'), true)
  const sent = sentBy(flood, 'Clark', 9).filter(({ kind }) => kind === 'digest')
  t.match(sent, [{ digest: same.digest, range: { cutoff: 0, from: 20 } }])
  receive(flood, at('c8', 61))
  receive(same, at('c8', 61))
  flood.receiveSync({ ...message, digest: same.digest }, 'Clark')
  t.equal(flood.inSync('Clark'), true)
  flood.linkDown('Clark')
  t.equal(flood.unhashed, 0)
})

t.test('what is known of the cutoff of a neighbour', async (t) => {
  const [clark, oak] = [floodWith('Clark', 0), floodWith('Oak', 10)]
  linkBoth(clark, oak)
  t.equal(clark.expiry.ofNeighbour('Oak'), undefined)
  compare(clark, oak)
  t.same(clark.expiry.ofNeighbour('Oak'), { cutoff: 10, step: 1, from: 10, isFarApart: true })
  t.match(oak.expiry.ofNeighbour('Clark'), { cutoff: 0, step: 0, isFarApart: true })
  t.equal(oak.expiry.ofNeighbour('Elm'), undefined)
  const older = floodWith('Clark', 10)
  older.linkUp('Oak', 'proxyherd')
  const plain = { kind: 'digest', digest: '0'.repeat(16), clients: 1 } as const
  older.receiveSync(plain, 'Oak')
  t.equal(older.expiry.ofNeighbour('Oak'), undefined, 'one plain digest proves nothing')
  older.receiveSync(plain, 'Oak')
  t.match(older.expiry.ofNeighbour('Oak'), { cutoff: 0, isFarApart: true })
  const [elm, ash] = [floodWith('Clark', 0), floodWith('Oak', 0)]
  linkBoth(elm, ash)
  compare(elm, ash)
  compare(elm, ash)
  t.equal(elm.expiry.ofNeighbour('Oak'), undefined, 'where none expires there is nothing to say')
})

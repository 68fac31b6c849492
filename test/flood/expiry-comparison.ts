import t from 'tap'
import { LATER_SECONDS } from '../../src/flood/compared-range.js'
import type { Flood } from '../../src/flood/flood.js'
import { MAX_UNHASHED } from '../../src/flood/table.js'
import { at, expireBefore, floodWith, held, receiveAll } from '../fixtures/expiring-floods.js'
import { exchange, floodAlone, linkBoth, reportsFor, sentBy } from '../fixtures/floods.js'
import { LocalHerd } from '../fixtures/local-herd.js'
import { statement } from '../fixtures/reports.js'
import { receiveText, tableOf, textsFor } from '../fixtures/wire.js'

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

t.test('what a neighbour would drop is not among the digests of a bucket', async (t) => {
  const [clark, oak] = [floodAlone('Clark', 1), floodAlone('Oak', 1)]
  expireBefore(oak, 10)
  receiveAll(clark, at('kiwi', 9), at('lime', 20))
  receiveAll(oak, at('plum', 21))
  linkBoth(clark, oak)
  const sent = compare(clark, oak).filter((line) => line.startsWith('AT'))
  t.same(new Set(sent), new Set([at('lime', 20), at('plum', 21)]))
  t.same([...new Set(compare(clark, oak))], ['digest'])
  t.same([clark.inSync('Oak'), oak.inSync('Clark')], [true, true])
})

t.test('what a neighbour would drop is not passed on to it', async (t) => {
  const [clark, oak] = [floodWith('Clark', 0), floodWith('Oak', 10)]
  linkBoth(clark, oak)
  compare(clark, oak)
  receiveAll(clark, at('kiwi', 9), at('lime', 10))
  t.same(reportsFor(clark, 'Oak', 9), [at('lime', 10)])
  t.equal(clark.hasToSend('Oak'), false)
})

t.test('what has expired but is not dropped yet is not sent', async (t) => {
  const flood = floodWith('Clark', 0)
  flood.linkUp('Elm', 'plain')
  receiveAll(flood, at('kiwi', 9), at('lime', 10))
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
  const [have] = sentBy(flood, 'Oak', 9)
  t.match(have, { kind: 'have', from: 18, digests: { length: 2 } })
  flood.receiveSync({ kind: 'have', bucket: 0, digests: new Uint32Array(0), from: 99 }, 'Oak')
  t.equal(flood.hasToSend('Oak'), false)
})

t.test('the digests of a later part follow the table, also while they are made', async (t) => {
  const flood = floodAlone('Oak')
  const lines = Array.from({ length: 3 * MAX_UNHASHED }, (_, n) => at(`c${n}`, n % 50))
  receiveAll(flood, ...lines)
  flood.slices.hash()
  flood.linkUp('Clark', 'proxyherd')
  sentBy(flood, 'Clark', 9)
  const message = {
    kind: 'digest',
    digest: '0'.repeat(16),
    clients: 1,
    range: { cutoff: 20, step: 1, from: 20 },
  } as const
  flood.prepareSync(message, 'Clark')
  t.equal(flood.slices.unhashed, lines.length)
  flood.slices.hash(1_000)
  const moved = [at('c7', 60), at('c2901', 60), at('c99999', 60), at('c99998', 7)]
  receiveAll(flood, ...moved)
  while (flood.slices.unhashed > 0) flood.slices.hash(500)
  const same = floodWith('Oak', 20, ...lines, ...moved)
  flood.receiveSync({ ...message, digest: same.digest }, 'Clark')
  t.equal(flood.inSync('Clark'), true)
  const sent = sentBy(flood, 'Clark', 9).filter(({ kind }) => kind === 'digest')
  t.match(sent, [{ digest: same.digest, range: { cutoff: 0, from: 20 } }])
  receiveAll(flood, at('c8', 61))
  receiveAll(same, at('c8', 61))
  flood.receiveSync({ ...message, digest: same.digest }, 'Clark')
  t.equal(flood.inSync('Clark'), true)
  flood.linkDown('Clark')
  t.equal(flood.slices.unhashed, 0)
})

t.test('what only another server of the process holds is not in a later part', async (t) => {
  const herd = new LocalHerd(['Oak', 'Elm'])
  const flood = herd.flood('Oak')
  receiveAll(herd.flood('Elm'), at('kiwi', 30))
  receiveAll(flood, at('lime', 30))
  flood.linkUp('Clark', 'proxyherd')
  const { digest } = floodWith('Clark', 20, at('lime', 30))
  const range = { cutoff: 20, step: 1, from: 20 }
  flood.receiveSync({ kind: 'digest', digest, clients: 1, range }, 'Clark')
  t.equal(flood.inSync('Clark'), true)
})

t.test('the table is hashed before a later part of it', async (t) => {
  const flood = floodWith('Oak', 0, at('kiwi', 9), at('lime', 30))
  for (let client = 0; client < 100; client += 1) receiveAll(flood, at(`c${client}`, 30))
  flood.linkUp('Clark', 'proxyherd')
  const range = { cutoff: 20, step: 1, from: 20 }
  const message = { kind: 'digest', digest: '0'.repeat(16), clients: 1, range } as const
  flood.prepareSync(message, 'Clark')
  flood.prepareSync(message, 'Elm')
  const left: number[] = []
  while (flood.slices.unhashed > 0) {
    left.push(flood.slices.unhashed)
    flood.slices.hash(60)
  }
  t.same(left, [204, 140, 42])
})

t.test('what is known of the cutoff of a neighbour', async (t) => {
  const [clark, oak] = [floodWith('Clark', 0), floodWith('Oak', 10)]
  linkBoth(clark, oak)
  t.equal(clark.expiry.ofNeighbour('Oak'), undefined)
  compare(clark, oak)
  t.same(clark.expiry.ofNeighbour('Oak'), { cutoff: 10, step: 1, differs: true })
  t.match(oak.expiry.ofNeighbour('Clark'), { cutoff: 0, step: 0, differs: true })
  t.equal(oak.expiry.ofNeighbour('Elm'), undefined)
  const older = floodWith('Clark', 10)
  older.linkUp('Oak', 'proxyherd')
  const plain = { kind: 'digest', digest: '0'.repeat(16), clients: 1 } as const
  older.receiveSync(plain, 'Oak')
  t.equal(older.expiry.ofNeighbour('Oak'), undefined, 'one plain digest proves nothing')
  older.receiveSync(plain, 'Oak')
  t.match(older.expiry.ofNeighbour('Oak'), { cutoff: 0, differs: true })
  const [elm, ash] = [floodWith('Clark', 0), floodWith('Oak', 0)]
  linkBoth(elm, ash)
  compare(elm, ash)
  compare(elm, ash)
  t.equal(elm.expiry.ofNeighbour('Oak'), undefined, 'where none expires there is nothing to say')
})

/** Clark, which keeps everything and has forgotten kiwi, and Oak, where that has expired; they are linked. */
function pairAfterForget(): { clark: Flood; oak: Flood; settle: () => void } {
  const [clark, oak] = [floodWith('Clark', 0), floodWith('Oak', 10)]
  clark.linkUp('Oak', 'proxyherd').learnForgets()
  oak.linkUp('Clark', 'proxyherd').learnForgets()
  clark.receiveStatement(statement('GENERATION 5 AT Clark +0.1 kiwi - 0'))
  const settle = (): void => {
    clark.compare('Oak')
    oak.compare('Clark')
    for (let rounds = 0; rounds < 9; rounds += 1) {
      for (const text of textsFor('Clark', oak, 9)) receiveText(clark, text, 'Oak')
      for (const text of textsFor('Oak', clark, 9)) receiveText(oak, text, 'Clark')
    }
  }
  settle()
  return { clark, oak, settle }
}

t.test('where a forget has expired, a client may report again, and all servers take that', async (t) => {
  const { clark, oak, settle } = pairAfterForget()
  t.same([tableOf(clark).length, tableOf(oak)], [1, []])
  t.equal(oak.receiveOwn(statement(at('kiwi', 12))), true)
  settle()
  const line = `GENERATION 5 ${at('kiwi', 12)}`
  t.same([tableOf(clark), tableOf(oak)], [[line], [line]])
  settle()
  t.same([clark.inSync('Oak'), oak.inSync('Clark')], [true, true])
  t.equal(receiveText(clark, `${at('kiwi', 12)}\n`, 'Oak'), false, 'it is not news again')
})

t.test('where a forget has expired, the client can be forgotten again up to a time', async (t) => {
  const { clark, oak, settle } = pairAfterForget()
  clark.receiveOwn(statement(at('kiwi', 9)))
  oak.receiveStatement(statement('GENERATION 0 AT Oak +0.1 kiwi - 14'))
  settle()
  const line = 'GENERATION 5 AT Oak +0.1 kiwi - 14'
  t.same([tableOf(clark), tableOf(oak)], [[line], [line]])
})

t.test('a forget that has expired but is not dropped yet makes no report lose', async (t) => {
  const flood = floodWith('Clark', 0)
  flood.receiveStatement(statement('GENERATION 5 AT Clark +0.1 kiwi - 0'))
  flood.expiry.moveCutoff({ cutoff: 10, step: 1 })
  t.equal(flood.receiveStatement(statement(at('kiwi', 11))), true)
  t.same([tableOf(flood), flood.expiry.dropped], [[at('kiwi', 11)], 1])
  const herd = new LocalHerd(['Clark', 'Oak'], 4)
  herd.link('Clark', 'Oak')
  const [clark, oak] = [herd.flood('Clark'), herd.flood('Oak')]
  clark.receiveStatement(statement('GENERATION 5 AT Clark +0.1 kiwi - 0'))
  herd.settle()
  for (const each of [clark, oak]) each.expiry.moveCutoff({ cutoff: 10, step: 1 })
  clark.slices.work(1_000)
  clark.receiveOwn(statement(at('kiwi', 11)))
  herd.settle()
  t.same([tableOf(clark), tableOf(oak)], [[at('kiwi', 11)], [at('kiwi', 11)]])
})

t.test('a forget that has expired when it comes raises what is held to its generation', async (t) => {
  const oak = floodWith('Oak', 10, at('kiwi', 12), at('lime', 12), at('plum', 12))
  for (const name of ['Clark', 'Elm']) oak.linkUp(name, 'plain').learnForgets()
  for (const name of ['Clark', 'Elm']) textsFor(name, oak, 9)
  const forget = (client: string): boolean =>
    oak.receiveStatement(statement(`GENERATION 5 AT Clark +0.1 ${client} - 0`), 'Clark')
  t.same([forget('kiwi'), forget('kiwi'), forget('pear')], [true, false, false])
  t.equal(oak.receiveLate(statement('GENERATION 6 AT Clark +0.1 lime - 0'), 'Clark', 'stated'), true)
  const raised = [`GENERATION 5 ${at('kiwi', 12)}`, `GENERATION 6 ${at('lime', 12)}`]
  t.same(tableOf(oak), [at('plum', 12), ...raised])
  for (const name of ['Clark', 'Elm'])
    t.same(
      textsFor(name, oak, 9),
      raised.map((line) => `${line}\n`),
      'it is sent to all',
    )
  oak.expiry.moveCutoff({ cutoff: 13, step: 1 })
  t.equal(forget('plum'), false, 'that has expired, too')
})

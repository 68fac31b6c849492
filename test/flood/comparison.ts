import t from 'tap'
import type { Part } from '../../src/flood/outbox.js'
import { COMPARED_AT_ONCE, DIGESTS_AT_ONCE, MAX_WANTED } from '../../src/flood/comparison.js'
import type { Flood } from '../../src/flood/flood.js'
import { MAX_UNHASHED } from '../../src/flood/table.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { lineIn, report } from '../fixtures/reports.js'
import {
  catchUp,
  floodAlone,
  sentBy,
  exchange,
  linkBoth,
  reportsFor,
  type SentMessage,
} from '../fixtures/floods.js'

const OLD = 'AT Clark +0.1 kiwi +1+1 1'
const NEWER = 'AT Clark +0.1 kiwi +2+2 2'
const LIME = 'AT Clark +0.1 lime +1+1 1'

/** Two servers that hold the same reports of a thousand clients. */
function twins(): [Flood, Flood] {
  const [clark, oak] = [floodAlone('Clark'), floodAlone('Oak')]
  for (let client = 0; client < 1_000; client += 1) {
    const same = report(`AT Clark +0.1 c${client} +1+1 1`)
    clark.receive(same)
    oak.receive(same)
  }
  return [clark, oak]
}

function known(flood: Flood, client: string): string | undefined {
  const found = flood.get(toBytes(client))
  return found && lineIn(found)
}

t.test('neighbours that hold the same reports exchange digests only', async (t) => {
  const [clark, oak] = twins()
  t.equal(clark.digest, oak.digest)
  linkBoth(clark, oak)
  t.equal(clark.inSync('Oak'), undefined, 'which is not known before they have compared')
  t.same(
    exchange(['Clark', clark], ['Oak', oak]).map(({ kind }) => kind),
    ['digest', 'digest'],
  )
  t.equal(clark.inSync('Oak'), true)
  t.equal(oak.inSync('Clark'), true)
})

t.test('neighbours that differ exchange only what differs, in both directions', async (t) => {
  const [clark, oak] = twins()
  clark.receive(report(NEWER))
  oak.receive(report(OLD))
  oak.receive(report(LIME))
  linkBoth(clark, oak)
  const all = exchange(['Clark', clark], ['Oak', oak])
  t.equal(clark.digest, oak.digest)
  t.equal(known(oak, 'kiwi'), NEWER)
  t.equal(known(clark, 'lime'), LIME)
  t.equal(clark.inSync('Oak'), false, 'until they compare again')
  t.ok(all.filter(({ kind }) => kind === 'report').length <= 3, 'the older report may be sent too')
  clark.compare('Oak')
  oak.compare('Clark')
  exchange(['Clark', clark], ['Oak', oak])
  t.equal(clark.inSync('Oak'), true)
})

t.test('a report that comes during a comparison is sent and does not disturb it', async (t) => {
  const [clark, oak] = twins()
  oak.receive(report(LIME))
  linkBoth(clark, oak)
  sentBy(clark, 'Oak', 1).forEach((message) => {
    if (message.kind === 'digest') oak.receiveSync(message, 'Clark')
  })
  oak.receive(report(OLD))
  clark.receive(report(NEWER))
  exchange(['Clark', clark], ['Oak', oak])
  t.equal(clark.digest, oak.digest)
  t.equal(known(oak, 'kiwi'), NEWER)
  t.equal(known(clark, 'lime'), LIME)
})

t.test('a message that compares tables is ignored if its sender is not linked', async (t) => {
  const flood = floodAlone('Clark')
  flood.receiveSync({ kind: 'want', bucket: 0, digests: new Uint32Array(0) }, 'Oak')
  flood.compare('Oak')
  t.equal(flood.hasToSend('Oak'), false)
  t.equal(flood.inSync('Oak'), undefined)
})

t.test('a report that has been replaced is not sent to a neighbour that asks for it', async (t) => {
  const flood = floodAlone('Clark')
  flood.linkUp('Oak', 'plain')
  flood.receive(report(NEWER))
  reportsFor(flood, 'Oak', 10)
  for (let bucket = 0; bucket < 1_024; bucket += 1)
    flood.receiveSync({ kind: 'want', bucket, digests: Uint32Array.of(0x01234567, 0x89abcdef) }, 'Oak')
  t.equal(flood.hasToSend('Oak'), false)
})

t.test('messages about buckets that do not exist are ignored', async (t) => {
  const [flood, empty] = [floodAlone('Clark', 4), new Uint32Array(0)]
  flood.receive(report(OLD))
  flood.linkUp('Oak', 'proxyherd')
  sentBy(flood, 'Oak', 10)
  flood.receiveSync({ kind: 'have', bucket: 4, digests: Uint32Array.of(1, 2) }, 'Oak')
  flood.receiveSync({ kind: 'want', bucket: 4, digests: empty }, 'Oak')
  t.equal(flood.hasToSend('Oak'), false)
  flood.receiveSync({ kind: 'buckets', digests: new Uint32Array(2 * 5) }, 'Oak')
  const differing = sentBy(flood, 'Oak', 10)
  t.equal(differing.length, 1, 'the bucket that kiwi is in')
  flood.receiveSync({ kind: 'buckets', digests: empty }, 'Oak')
  t.equal(sentBy(flood, 'Oak', 10).length, 4, 'and buckets that are not listed count as different')
})

/** All messages that a server has for a neighbour. */
function allSentBy(flood: Flood, neighbour: string): SentMessage[] {
  const all: SentMessage[] = []
  while (flood.hasToSend(neighbour)) all.push(...sentBy(flood, neighbour, Infinity))
  return all
}

/** Digests with these numbers as values. */
function numbered(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: 2 * (to - from) }, (_, word) => (word % 2 === 0 ? 0 : from + word / 2))
}

t.test('answers to a neighbour do not pile up while it does not read', async (t) => {
  const flood = floodAlone('Oak')
  flood.linkUp('Clark', 'proxyherd')
  const digests = numbered(0, 1_000)
  for (let times = 0; times < 1_000; times += 1) {
    flood.compare('Clark')
    flood.receiveSync({ kind: 'digest', digest: '0123456789abcdef', clients: 1 }, 'Clark')
    flood.receiveSync({ kind: 'have', bucket: times, digests }, 'Clark')
    flood.receiveSync({ kind: 'have', bucket: 999_999_999 - times, digests }, 'Clark')
  }
  t.same(
    allSentBy(flood, 'Clark').map(({ kind }) => kind),
    ['digest', 'buckets', ...Array<string>(65).fill('want'), ...Array<string>(935).fill('have')],
  )
  t.equal(flood.hasToSend('Clark'), false)
  flood.receiveSync({ kind: 'have', bucket: 0, digests }, 'Clark')
  t.same(
    sentBy(flood, 'Clark', 1),
    [{ kind: 'want', bucket: 0, digests }],
    'what has been sent no longer counts',
  )
})

t.test('only what the last HAVE about a bucket lists is asked for', async (t) => {
  const flood = floodAlone('Clark')
  flood.linkUp('Oak', 'proxyherd')
  sentBy(flood, 'Oak', 1)
  const [large, small, other] = [numbered(0, 60_000), numbered(60_000, 60_010), numbered(0, 10_000)]
  flood.receiveSync({ kind: 'have', bucket: 1, digests: large }, 'Oak')
  flood.receiveSync({ kind: 'have', bucket: 1, digests: small }, 'Oak')
  flood.receiveSync({ kind: 'have', bucket: 2, digests: other }, 'Oak')
  t.same(sentBy(flood, 'Oak', 10), [
    { kind: 'want', bucket: 1, digests: small },
    { kind: 'want', bucket: 2, digests: other },
  ])
})

t.test('neighbours become equal though one lacks more than it may ask for at once', async (t) => {
  const [clark, oak] = [floodAlone('Clark', 4), floodAlone('Oak', 4)]
  for (let client = 0; client < MAX_WANTED + 5_000; client += 1)
    clark.receive(report(`AT Clark +0.1 c${client} +1+1 1`))
  linkBoth(clark, oak)
  const all = exchange(['Clark', clark], ['Oak', oak], 10)
  t.equal(clark.digest, oak.digest)
  // Two DIGEST, one BUCKETS, a HAVE per bucket; and a WANT for all buckets but one, for which Oak sends HAVE instead.
  t.equal(all.length - clark.size, 3 + 4 + 4)
})

/** About how many clients each bucket of the next tests has: more than are compared at once. */
const LARGE = 3 * COMPARED_AT_ONCE

/** A server with two large buckets that is linked to Clark and has sent its digest and a HAVE of bucket 0. */
function largeBuckets(): { flood: Flood; count: number; hashes: Uint32Array } {
  const flood = floodAlone('Oak', 2)
  for (let client = 0; client < 2 * LARGE; client += 1)
    flood.receive(report(`AT Clark +0.1 c${client} +1+1 1`))
  flood.slices.hash()
  flood.linkUp('Clark', 'proxyherd')
  sentBy(flood, 'Clark', 1)
  flood.receiveSync({ kind: 'buckets', digests: new Uint32Array(4) }, 'Clark')
  const [have] = sentBy(flood, 'Clark', 2)
  const hashes = have?.kind === 'have' ? have.digests : new Uint32Array(0)
  return { flood, count: hashes.length / 2, hashes }
}

t.test('a large bucket that a short line names is compared in slices', async (t) => {
  const { flood, count, hashes } = largeBuckets()
  t.ok(count > COMPARED_AT_ONCE, `${count} clients in the bucket`)
  const none = new Uint32Array(0)
  flood.receiveSync({ kind: 'have', bucket: 0, digests: none }, 'Clark')
  flood.receiveSync({ kind: 'have', bucket: 1, digests: none }, 'Clark')
  flood.receiveSync({ kind: 'want', bucket: 1, digests: hashes.slice(0, 2) }, 'Clark')
  t.equal(flood.pending('Clark'), 0)
  t.equal(flood.slices.isBehind, true)
  flood.slices.work(1)
  t.equal(flood.pending('Clark'), 0, 'the first slice answers WANT')
  flood.slices.work(1)
  t.equal(flood.pending('Clark'), count, 'the next compares one bucket')
  t.equal(flood.slices.isBehind, true)
  flood.slices.work(1)
  t.equal(flood.pending('Clark'), 2 * LARGE)
  t.equal(flood.slices.isBehind, false)
  flood.slices.work(1)
})

t.test('a line that lists half of a large bucket or more is compared at once', async (t) => {
  const { flood, count, hashes } = largeBuckets()
  const most = hashes.slice(0, 2 * (count - 10))
  flood.receiveSync({ kind: 'have', bucket: 0, digests: most }, 'Clark')
  t.equal(flood.slices.isBehind, false)
  t.equal(flood.pending('Clark'), 10)
  flood.receiveSync({ kind: 'have', bucket: 0, digests: hashes.slice(0, 2) }, 'Clark')
  t.equal(flood.slices.isBehind, true)
  flood.receiveSync({ kind: 'have', bucket: 0, digests: most }, 'Clark')
  t.equal(flood.slices.isBehind, false, 'the last line about a bucket counts')
})

t.test('DIGEST and BUCKETS are sent only when nearly all reports are hashed', async (t) => {
  const flood = floodAlone('Oak')
  flood.linkUp('Clark', 'proxyherd')
  const receiveMany = (time: number): void => {
    for (let client = 0; client < 2 * MAX_UNHASHED; client += 1)
      flood.receive(report(`AT Oak +0.1 c${client} +1+1 ${time}`))
  }
  const kinds = (part?: Part): string[] => sentBy(flood, 'Clark', 1, part).map(({ kind }) => kind)
  receiveMany(1)
  t.same(kinds(), ['report'], 'reports do not wait')
  const hashed: number[] = []
  while (flood.slices.isBehind) {
    const before = flood.slices.unhashed
    flood.slices.work(100)
    hashed.push(before - flood.slices.unhashed)
  }
  t.ok(hashed.length >= 7, `${hashed.length} slices`)
  // A set of clients is drained in words of 32 bits.
  t.ok(Math.max(...hashed) < 100 + 32, `of at most ${Math.max(...hashed)} reports`)
  t.same(kinds('repairs'), ['digest'])
  flood.receiveSync({ kind: 'digest', digest: '0123456789abcdef', clients: 1 }, 'Clark')
  receiveMany(2)
  t.same(kinds(), ['report'])
  t.ok(catchUp(flood))
  t.same(kinds('repairs'), ['buckets'])
})

t.test('only a few long messages are taken at once, whatever the limit', async (t) => {
  const flood = floodAlone('Oak', 8)
  for (let client = 0; client < 8 * DIGESTS_AT_ONCE; client += 1)
    flood.receive(report(`AT Clark +0.1 c${client} +1+1 1`))
  flood.slices.hash()
  flood.linkUp('Clark', 'proxyherd')
  sentBy(flood, 'Clark', 1)
  flood.receiveSync({ kind: 'buckets', digests: new Uint32Array(16) }, 'Clark')
  const digestsOf = (message: SentMessage): number =>
    message.kind === 'have' ? message.digests.length / 2 : 0
  let all = 0
  while (flood.hasToSend('Clark')) {
    const messages = sentBy(flood, 'Clark', Infinity).map(digestsOf)
    const last = messages.at(-1) ?? 0
    const count = messages.reduce((sum, each) => sum + each, 0)
    t.ok(count - last < DIGESTS_AT_ONCE, `${count} digests in ${messages.length} messages`)
    all += count
  }
  t.equal(all, flood.size)
})

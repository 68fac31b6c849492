import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import type { Part } from '../../src/flood/outbox.js'
import { report } from '../fixtures/reports.js'
import { exchange, floodAlone, linkBoth, sentBy } from '../fixtures/floods.js'

const OLD = 'AT Clark +0.1 kiwi +1+1 1'
const LIME = 'AT Clark +0.1 lime +1+1 1'

/** The kinds of at most `most` messages that Oak has for Clark. */
function kinds(oak: Flood, most: number, part?: Part): string[] {
  return sentBy(oak, 'Clark', most, part).map(({ kind }) => kind)
}

t.test('WANT is sent after the reports that were pending before it', async (t) => {
  const [clark, oak] = [floodAlone('Clark', 1), floodAlone('Oak', 1)]
  for (let client = 0; client < 100; client += 1) {
    clark.receive(report(`AT Clark +0.1 c${client} +1+1 1`))
    oak.receive(report(`AT Clark +0.1 c${client} +1+1 2`))
  }
  linkBoth(clark, oak)
  const all = exchange(['Clark', clark], ['Oak', oak])
  t.equal(clark.digest, oak.digest)
  t.same(
    all.map(({ kind }) => kind),
    ['digest', 'digest', 'buckets', 'have', ...Array<string>(100).fill('report'), 'want'],
    'so the neighbour sends no report that it knows to be stale',
  )
})

t.test('WANT is sent when all news has been sent', async (t) => {
  const flood = floodAlone('Oak', 1)
  flood.linkUp('Clark', 'proxyherd')
  sentBy(flood, 'Clark', 1)
  flood.receive(report(OLD))
  flood.receiveSync({ kind: 'have', bucket: 0, digests: Uint32Array.of(1, 2) }, 'Clark')
  flood.receive(report(LIME))
  flood.receive(report('AT Clark +0.1 fig +1+1 1'))
  t.same(
    [1, 2, 3, 4].flatMap(() => sentBy(flood, 'Clark', 1).map(({ kind }) => kind)),
    ['report', 'report', 'report', 'want'],
  )
})

t.test('messages other than HAVE do not postpone WANT', async (t) => {
  const flood = floodAlone('Oak', 1)
  flood.linkUp('Clark', 'proxyherd')
  sentBy(flood, 'Clark', 1)
  flood.receive(report(OLD))
  flood.receiveSync({ kind: 'have', bucket: 0, digests: Uint32Array.of(1, 2) }, 'Clark')
  t.same(kinds(flood, 1, 'news'), ['report'])
  flood.receive(report(LIME))
  flood.receiveSync({ kind: 'want', bucket: 0, digests: new Uint32Array(0) }, 'Clark')
  t.same(kinds(flood, 1, 'repairs'), ['want'])
})

t.test('after a bucket was compared in slices, WANT is sent after what is pending then', async (t) => {
  const flood = floodAlone('Oak', 1)
  flood.linkUp('Clark', 'proxyherd')
  for (let client = 0; client < 300; client += 1) flood.receive(report(`AT Oak +0.1 c${client} +1+1 1`))
  kinds(flood, Infinity)
  flood.receiveSync({ kind: 'have', bucket: 0, digests: Uint32Array.of(1, 2) }, 'Clark')
  flood.slices.work(1)
  t.same(kinds(flood, 299, 'repairs').includes('want'), false)
  t.same(kinds(flood, 2, 'repairs'), ['report', 'want'])
})

t.test('WANT does not wait for reports that need not be sent any more', async (t) => {
  const flood = floodAlone('Oak', 1)
  flood.linkUp('Clark', 'proxyherd')
  sentBy(flood, 'Clark', 1)
  flood.receive(report(OLD))
  flood.receiveSync({ kind: 'have', bucket: 0, digests: Uint32Array.of(1, 2) }, 'Clark')
  flood.receive(report(OLD), 'Clark')
  t.same(kinds(flood, 1), ['want'])
})

t.test('a WANT that has waited counts among the messages that are taken', async (t) => {
  const flood = floodAlone('Oak', 4)
  flood.linkUp('Clark', 'proxyherd')
  sentBy(flood, 'Clark', 1)
  flood.receiveLate(report(OLD), 'Elm')
  for (const bucket of [0, 1])
    flood.receiveSync({ kind: 'have', bucket, digests: Uint32Array.of(1, 2, 3, 4) }, 'Clark')
  const sent: string[] = []
  const outbox = {
    report: () => void sent.push('report'),
    sync: () => void sent.push('sync'),
    tree: () => void sent.push('tree'),
  }
  t.equal(flood.take('Clark', 2, outbox, 'repairs'), 2)
  t.same(sent, ['report', 'sync'])
  t.same(kinds(flood, 9), ['want'])
})

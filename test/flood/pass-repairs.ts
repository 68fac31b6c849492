import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { LocalHerd } from '../fixtures/local-herd.js'
import { report } from '../fixtures/reports.js'
import { at } from '../fixtures/replica.js'
import { linesFor } from '../fixtures/floods.js'

/** Clark and Oak of one process, not linked yet. */
function pair(): { herd: LocalHerd; clark: Flood; oak: Flood } {
  const herd = new LocalHerd(['Clark', 'Oak'])
  return { herd, clark: herd.flood('Clark'), oak: herd.flood('Oak') }
}

t.test('a server has repairs for another while that has not been passed the whole table', async (t) => {
  const { herd, clark, oak } = pair()
  t.equal(clark.hasRepairs('Oak'), false, 'it is not linked')
  for (const second of [1, 2, 3]) clark.receive(report(at(`client-${second}`, second)))
  herd.link('Clark', 'Oak')
  t.same([clark.hasRepairs('Oak'), oak.hasRepairs('Clark')], [true, true])
  t.equal(
    clark.passRepairs(oak, 2, () => undefined),
    2,
  )
  t.equal(clark.hasRepairs('Oak'), true)
  t.equal(
    clark.passRepairs(oak, 2, () => undefined),
    1,
  )
  t.equal(clark.hasRepairs('Oak'), false)
})

t.test('a late report is passed at once, as late', async (t) => {
  const { herd, clark, oak } = pair()
  herd.link('Clark', 'Oak')
  for (const flood of [clark, oak]) flood.linkUp('Elm', 'proxyherd')
  linesFor(oak, 'Elm')
  clark.receiveLate(report(at('kiwi', 1)), 'Elm')
  t.equal(
    clark.passNews(oak, clark.nextChange, () => undefined),
    1,
  )
  t.same(linesFor(oak, 'Elm'), [`LATE ${at('kiwi', 1)}`])
})

t.test('a report is not passed back to the server that has passed it', async (t) => {
  const { herd, clark, oak } = pair()
  herd.link('Clark', 'Oak')
  clark.receive(report(at('kiwi', 1)))
  t.equal(
    clark.passNews(oak, clark.nextChange, () => undefined),
    1,
  )
  t.equal(
    oak.passNews(clark, oak.nextChange, () => undefined),
    0,
  )
})

t.test('a server can be passed a report of its own clients that it has lost', async (t) => {
  const { herd, clark, oak } = pair()
  herd.link('Clark', 'Oak')
  oak.linkUp('Elm', 'proxyherd')
  linesFor(oak, 'Elm')
  clark.receive(report(at('kiwi', 1, 'Oak')))
  herd.settle()
  t.same(linesFor(oak, 'Elm'), [at('kiwi', 1, 'Oak')])
})

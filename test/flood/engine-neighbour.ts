import t from 'tap'
import { toBytes } from '../../src/protocol/bytes.js'
import { floodAlone, linesFor } from '../fixtures/floods.js'
import { report } from '../fixtures/reports.js'

const LINE = 'AT Clark +0.1 kiwi +1+1 1'
const KIWI = toBytes('kiwi')

t.test('what an engine has missed stays so until it is stored, or until something newer comes', async (t) => {
  const flood = floodAlone('Clark')
  const engine = flood.linkUp('engine', 'engine')
  flood.receive(report(LINE))
  t.equal(flood.receive(report(LINE), 'engine'), false)
  t.equal(engine.hasToSend, false, 'another carrier has published it')
  engine.addMissedOf(KIWI)
  flood.receive(report(LINE), 'engine')
  t.equal(engine.hasToSend, true, 'a live copy may not be stored')
  engine.markStoredOf(KIWI)
  t.equal(engine.hasToSend, false)
  engine.addMissedOf(KIWI)
  flood.receive(report('AT Oak +0.1 kiwi +1+1 2'), 'engine')
  t.equal(engine.hasToSend, false)
})

t.test('an unknown client is not missed, and all can be sent again', async (t) => {
  const flood = floodAlone('Clark')
  const engine = flood.linkUp('engine', 'engine')
  engine.addMissedOf(KIWI)
  engine.markStoredOf(KIWI)
  t.equal(engine.hasToSend, false)
  flood.receive(report(LINE))
  t.same(linesFor(flood, 'engine'), [LINE])
  engine.addAllMissed()
  t.same(linesFor(flood, 'engine'), [LINE])
})

t.test('an engine is not sent which reports are late', async (t) => {
  const flood = floodAlone('Clark')
  flood.linkUp('Oak', 'proxyherd')
  flood.linkUp('engine', 'engine')
  flood.receiveLate(report(LINE), 'Oak')
  t.same(linesFor(flood, 'engine'), [LINE])
})

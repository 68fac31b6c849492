import t from 'tap'
import { Memory } from '../../src/memory/memory.js'
import { Flood } from '../../src/flood/flood.js'
import { KEYS } from '../fixtures/memory.js'
import { lineIn, report } from '../fixtures/reports.js'
import { lonely } from '../fixtures/said.js'

const OLD = 'AT Clark +0.1 kiwi +1+1 1'
const NEWER = 'AT Clark +0.1 kiwi +2+2 2'
const LIME = 'AT Clark +0.1 lime +1+1 1'

/** What is taken to be stored: the lines, by the numbers of their clients. */
function unstored(flood: Flood, most: number): [client: number, line: string][] {
  return flood.unstored.take(most).map((client) => [client, lineIn(flood.reportOf(client))])
}

t.test('a server that keeps nothing on disk has nothing to store', async (t) => {
  const flood = lonely('Clark')
  flood.receive(report(OLD))
  flood.unstored.add(0)
  t.equal(flood.unstored.size, 0)
  t.same(unstored(flood, 10), [])
})

t.test('what was loaded is on disk, and what is heard from then on must be stored', async (t) => {
  const flood = lonely('Clark')
  flood.receive(report(OLD))
  flood.unstored.start(true)
  t.equal(flood.unstored.size, 0)
  flood.receive(report(LIME))
  flood.receive(report(OLD))
  t.equal(flood.unstored.size, 1, 'but not what was known')
  t.same(unstored(flood, 10), [[1, LIME]])
})

t.test('of each client the newest is stored, once, at most as many as are asked for', async (t) => {
  const flood = lonely('Clark')
  flood.unstored.start(true)
  for (const line of [OLD, LIME, NEWER]) flood.receive(report(line), 'Bernard')
  t.equal(flood.unstored.size, 2)
  t.same(unstored(flood, 0), [])
  t.same(unstored(flood, 1), [[0, NEWER]])
  t.equal(flood.unstored.size, 1)
  t.same(unstored(flood, 10), [[1, LIME]])
  t.same(unstored(flood, 10), [])
})

t.test('what could not be stored is stored later, as it is then', async (t) => {
  const flood = lonely('Clark')
  flood.unstored.start(true)
  flood.receive(report(OLD))
  t.same(unstored(flood, 10), [[0, OLD]])
  flood.receive(report(NEWER))
  flood.unstored.add(0)
  t.equal(flood.unstored.size, 1)
  t.same(unstored(flood, 10), [[0, NEWER]])
  flood.unstored.add(0)
  t.same(unstored(flood, 10), [[0, NEWER]])
})

/** Clark and Oak in one process, linked, and storing; what can wait may, or not. */
function twins(defers: boolean): [clark: Flood, oak: Flood] {
  const archive = new Memory(KEYS)
  const [clark, oak] = [new Flood('Clark', archive), new Flood('Oak', archive)]
  clark.linkWithin(oak, () => undefined)
  oak.linkWithin(clark, () => undefined)
  for (const flood of [clark, oak]) flood.unstored.start(defers)
  return [clark, oak]
}

t.test('what another server of the process stores soon can wait', async (t) => {
  const [clark, oak] = twins(true)
  clark.receive(report(OLD))
  t.same([clark.unstored.size, clark.unstored.deferred], [1, 0])
  t.same([oak.unstored.size, oak.unstored.deferred], [0, 1])
  t.same(unstored(oak, 10), [])
  clark.receive(report(NEWER))
  clark.receive(report(LIME))
  oak.unstored.undefer()
  t.same([oak.unstored.size, oak.unstored.deferred], [2, 0])
  t.same(
    unstored(oak, 10),
    [
      [0, NEWER],
      [1, LIME],
    ],
    'of each client the newest',
  )
})

t.test('what is stored by itself meanwhile need not be stored again', async (t) => {
  const [clark, oak] = twins(true)
  clark.receive(report(OLD))
  oak.receive(report(NEWER))
  t.same([oak.unstored.size, oak.unstored.deferred], [1, 1])
  t.same(unstored(oak, 10), [[0, NEWER]])
  t.equal(oak.unstored.deferred, 0)
})

t.test('when nothing may wait, nothing does', async (t) => {
  const [clark, oak] = twins(false)
  clark.receive(report(OLD))
  t.same([oak.unstored.size, oak.unstored.deferred], [1, 0])
})

import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { lineIn, report } from '../fixtures/reports.js'
import { lonely } from '../fixtures/said.js'

const OLD = 'AT Clark +0.1 kiwi +1+1 1'
const NEWER = 'AT Clark +0.1 kiwi +2+2 2'
const LIME = 'AT Clark +0.1 lime +1+1 1'

/** What is taken to be stored: the lines, by the numbers of their clients. */
function unstored(flood: Flood, most: number): [client: number, line: string][] {
  return flood.takeUnstored(most).map((client) => [client, lineIn(flood.reportOf(client))])
}

t.test('a server that keeps nothing on disk has nothing to store', async (t) => {
  const flood = lonely('Clark')
  flood.hear(report(OLD))
  flood.storeAgain(0)
  t.equal(flood.unstored, 0)
  t.same(unstored(flood, 10), [])
})

t.test('what was loaded is on disk, and what is heard from then on must be stored', async (t) => {
  const flood = lonely('Clark')
  flood.hear(report(OLD))
  flood.startStoring()
  t.equal(flood.unstored, 0)
  flood.hear(report(LIME))
  flood.hear(report(OLD))
  t.equal(flood.unstored, 1, 'but not what was known')
  t.same(unstored(flood, 10), [[1, LIME]])
})

t.test('of each client the newest is stored, once, at most as many as are asked for', async (t) => {
  const flood = lonely('Clark')
  flood.startStoring()
  for (const line of [OLD, LIME, NEWER]) flood.hear(report(line), 'Bernard')
  t.equal(flood.unstored, 2)
  t.same(unstored(flood, 0), [])
  t.same(unstored(flood, 1), [[0, NEWER]])
  t.equal(flood.unstored, 1)
  t.same(unstored(flood, 10), [[1, LIME]])
  t.same(unstored(flood, 10), [])
})

t.test('what could not be stored is stored later, as it is then', async (t) => {
  const flood = lonely('Clark')
  flood.startStoring()
  flood.hear(report(OLD))
  t.same(unstored(flood, 10), [[0, OLD]])
  flood.hear(report(NEWER))
  flood.storeAgain(0)
  t.equal(flood.unstored, 1)
  t.same(unstored(flood, 10), [[0, NEWER]])
  flood.storeAgain(0)
  t.same(unstored(flood, 10), [[0, NEWER]])
})

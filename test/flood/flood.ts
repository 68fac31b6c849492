import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { lineIn, report } from '../fixtures/reports.js'
import { floodAlone, sentBy, reportsFor } from '../fixtures/said.js'

const OLD = 'AT Clark +0.1 kiwi +1+1 1'
const NEWER = 'AT Clark +0.1 kiwi +2+2 2'
const FIG = 'AT Clark +0.1 fig +1+1 1'
const PLUM = 'AT Clark +0.1 plum +1+1 1'
const LIME = 'AT Clark +0.1 lime +1+1 1'

function linked(...neighbours: string[]): Flood {
  const flood = floodAlone('Clark')
  for (const neighbour of neighbours) flood.linkUp(neighbour, 'plain')
  return flood
}

/** What a server knows of a client. */
function known(flood: Flood, client: string): string | undefined {
  const found = flood.get(toBytes(client))
  return found && lineIn(found)
}

t.test('news from a client is stored and told to every neighbour', async (t) => {
  const flood = linked('Bernard', 'Juzang')
  t.equal(flood.receive(report(OLD)), true)
  t.equal(known(flood, 'kiwi'), OLD)
  t.same(reportsFor(flood, 'Bernard', 10), [OLD])
  t.same(reportsFor(flood, 'Juzang', 10), [OLD])
  t.same(reportsFor(flood, 'Juzang', 10), [], 'once')
})

t.test('of a client that was not heard of, nothing is known', async (t) => {
  const flood = linked()
  flood.receive(report(OLD))
  for (const client of ['lime', 'kiw', 'kiwi2']) t.equal(known(flood, client), undefined, client)
})

t.test('a newer position of a known client is news', async (t) => {
  const flood = linked('Bernard')
  flood.receive(report(OLD))
  reportsFor(flood, 'Bernard', 10)
  t.equal(flood.receive(report(NEWER)), true)
  t.equal(known(flood, 'kiwi'), NEWER)
  t.same(reportsFor(flood, 'Bernard', 10), [NEWER])
})

t.test('what is heard is kept, whatever becomes of the memory that it was heard in', async (t) => {
  const flood = linked()
  const heard = report(OLD)
  flood.receive(heard)
  heard.bytes.fill(0)
  t.equal(known(flood, 'kiwi'), OLD)
})

t.test('news from a neighbour is not told back to it', async (t) => {
  const flood = linked('Bernard', 'Juzang')
  t.equal(flood.receive(report(OLD), 'Bernard'), true)
  t.same(reportsFor(flood, 'Bernard', 10), [])
  t.same(reportsFor(flood, 'Juzang', 10), [OLD])
})

t.test('what is known, or older, stops here', async (t) => {
  const flood = linked('Bernard')
  flood.receive(report(NEWER))
  reportsFor(flood, 'Bernard', 10)
  t.equal(flood.receive(report(NEWER)), false)
  t.equal(flood.receive(report(NEWER), 'Bernard'), false)
  t.equal(flood.receive(report(OLD)), false)
  t.equal(known(flood, 'kiwi'), NEWER)
  t.same(reportsFor(flood, 'Bernard', 10), [])
})

t.test('a neighbour that lags behind is told only the newest of each client', async (t) => {
  const flood = linked('Bernard')
  for (const line of [OLD, LIME, NEWER]) flood.receive(report(line))
  t.equal(flood.pending('Bernard'), 2)
  t.same(reportsFor(flood, 'Bernard', 1), [NEWER])
  t.same(reportsFor(flood, 'Bernard', 1), [LIME])
  t.equal(flood.pending('Bernard'), 0)
})

t.test('a neighbour is given no more messages at once than it takes, and how many is told', async (t) => {
  const flood = linked('Bernard')
  flood.receive(report(OLD))
  flood.receive(report(LIME))
  const outbox = { report: () => undefined, sync: () => undefined, tree: () => undefined }
  t.equal(flood.take('Bernard', 0, outbox), 0)
  t.equal(flood.take('Bernard', 1, outbox), 1)
  t.equal(flood.hasToSend('Bernard'), true)
  t.equal(flood.take('Bernard', 10, outbox), 1)
  t.equal(flood.hasToSend('Bernard'), false)
})

t.test('a neighbour that says what it was still to be told need not be told', async (t) => {
  const flood = linked('Bernard')
  flood.receive(report(OLD))
  flood.receive(report(OLD), 'Bernard')
  t.equal(flood.pending('Bernard'), 0)
  flood.receive(report(OLD))
  flood.receive(report(NEWER), 'Bernard')
  t.equal(flood.pending('Bernard'), 0, 'nor of what is older than what it says')
})

t.test('a neighbour that says something older is told still', async (t) => {
  const flood = linked('Bernard')
  flood.receive(report(NEWER))
  flood.receive(report(OLD), 'Bernard')
  t.same(reportsFor(flood, 'Bernard', 10), [NEWER])
})

t.test(
  'a link that comes up is told all that is known, once it is down nothing is kept for it',
  async (t) => {
    const flood = linked()
    t.equal(flood.receive(report(OLD)), true)
    flood.receive(report(LIME))
    t.equal(flood.size, 2)
    flood.linkUp('Bernard', 'plain')
    t.same(reportsFor(flood, 'Bernard', 10), [OLD, LIME])
    flood.linkDown('Bernard')
    t.equal(flood.receive(report(NEWER)), true)
    t.equal(flood.pending('Bernard'), 0)
    t.same(reportsFor(flood, 'Bernard', 10), [])
    t.same(Array.from(flood.reports(), lineIn), [NEWER, LIME])
  },
)

t.test(
  'a neighbour that is told everything gets it as it reads, each client once and its newest report',
  async (t) => {
    const flood = linked()
    for (const line of [OLD, LIME, FIG, PLUM]) flood.receive(report(line))
    flood.linkUp('Bernard', 'plain')
    t.equal(flood.pending('Bernard'), 4)
    t.same(reportsFor(flood, 'Bernard', 1), [OLD])
    t.equal(flood.pending('Bernard'), 3)
    flood.receive(report(LIME), 'Bernard')
    flood.receive(report(FIG), 'Bernard')
    t.equal(flood.pending('Bernard'), 1, 'it knows two of the others')
    const newerFig = FIG.replace(/1$/, '2')
    flood.receive(report(newerFig))
    flood.receive(report(NEWER))
    const yuzu = 'AT Clark +0.1 yuzu +1+1 1'
    flood.receive(report(yuzu))
    t.equal(flood.pending('Bernard'), 4)
    t.same(reportsFor(flood, 'Bernard', 10), [newerFig, NEWER, yuzu, PLUM], 'news first')
    t.equal(flood.hasToSend('Bernard'), false)
    t.equal(flood.pending('Bernard'), 0)
    flood.receive(report(yuzu.replace(/1$/, '2')))
    t.equal(flood.pending('Bernard'), 1)
  },
)

t.test('a link that comes up anew is told all once more, and only once', async (t) => {
  const flood = linked('Bernard')
  flood.receive(report(OLD))
  flood.linkUp('Bernard', 'plain')
  t.same(reportsFor(flood, 'Bernard', 10), [OLD])
  flood.linkUp('Bernard', 'plain')
  t.same(reportsFor(flood, 'Bernard', 10), [OLD])
  flood.linkDown('Bernard')
  flood.linkDown('Bernard')
  t.equal(flood.hasToSend('Bernard'), false)
})

t.test(
  'a neighbour that can compare is told the digest and how many clients there are, no reports',
  async (t) => {
    const flood = linked()
    flood.receive(report(OLD))
    flood.linkUp('Bernard', 'proxyherd')
    flood.hash()
    t.same(sentBy(flood, 'Bernard', 10), [{ kind: 'digest', digest: flood.digest, clients: 1 }])
  },
)

import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { numbered } from '../fixtures/memory.js'
import { lineIn, report } from '../fixtures/reports.js'
import { floodAlone, sentBy, reportsFor } from '../fixtures/floods.js'

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

/** The line that a server holds of a client. */
function known(flood: Flood, client: string): string | undefined {
  const found = flood.get(toBytes(client))
  return found && lineIn(found)
}

t.test('news from a client is stored and sent to every neighbour', async (t) => {
  const flood = linked('Bernard', 'Juzang')
  t.equal(flood.receive(report(OLD)), true)
  t.equal(known(flood, 'kiwi'), OLD)
  t.same(reportsFor(flood, 'Bernard', 10), [OLD])
  t.same(reportsFor(flood, 'Juzang', 10), [OLD])
  t.same(reportsFor(flood, 'Juzang', 10), [], 'once')
})

t.test('a client that has not reported is unknown', async (t) => {
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

t.test('a report is copied: it does not change with the bytes in which it came', async (t) => {
  const flood = linked()
  const received = report(OLD)
  flood.receive(received)
  received.bytes.fill(0)
  t.equal(known(flood, 'kiwi'), OLD)
})

t.test('news from a neighbour is not sent back to it', async (t) => {
  const flood = linked('Bernard', 'Juzang')
  t.equal(flood.receive(report(OLD), 'Bernard'), true)
  t.same(reportsFor(flood, 'Bernard', 10), [])
  t.same(reportsFor(flood, 'Juzang', 10), [OLD])
})

t.test('a report that is known or older is not sent on', async (t) => {
  const flood = linked('Bernard')
  flood.receive(report(NEWER))
  reportsFor(flood, 'Bernard', 10)
  t.equal(flood.receive(report(NEWER)), false)
  t.equal(flood.receive(report(NEWER), 'Bernard'), false)
  t.equal(flood.receive(report(OLD)), false)
  t.equal(known(flood, 'kiwi'), NEWER)
  t.same(reportsFor(flood, 'Bernard', 10), [])
})

t.test('a neighbour that lags behind is sent only the newest report of each client', async (t) => {
  const flood = linked('Bernard')
  for (const line of [OLD, LIME, NEWER]) flood.receive(report(line))
  t.equal(flood.pending('Bernard'), 2)
  t.same(reportsFor(flood, 'Bernard', 1), [NEWER])
  t.same(reportsFor(flood, 'Bernard', 1), [LIME])
  t.equal(flood.pending('Bernard'), 0)
})

t.test('no more messages are taken than asked for, and their number is returned', async (t) => {
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

t.test(
  'a client that has reported twice is sent once, also if nobody has counted what is pending',
  async (t) => {
    const flood = linked('Bernard')
    for (const line of [OLD, NEWER]) flood.receive(report(line))
    t.same(reportsFor(flood, 'Bernard', 10), [NEWER])
  },
)

t.test('news can be taken without what was missed before, and both count', async (t) => {
  const flood = linked()
  for (const line of [OLD, LIME]) flood.receive(report(line))
  flood.linkUp('Bernard', 'plain')
  flood.receive(report(FIG))
  const outbox = { report: () => undefined, sync: () => undefined, tree: () => undefined }
  t.equal(flood.take('Bernard', 10, outbox, 'news'), 1)
  t.equal(flood.pending('Bernard'), 2)
  t.equal(flood.take('Bernard', 1, outbox), 1)
  t.equal(flood.take('Bernard', 10, outbox, 'repairs'), 1)
})

t.test('the length of a report is that of its line', async (t) => {
  const flood = linked()
  flood.receive(report(OLD))
  t.equal(flood.lengthOf(numbered(0)), OLD.length)
})

t.test('a neighbour that sends a report which is pending for it is not sent it', async (t) => {
  const flood = linked('Bernard')
  flood.receive(report(OLD))
  flood.receive(report(OLD), 'Bernard')
  t.equal(flood.pending('Bernard'), 0)
  flood.receive(report(OLD))
  flood.receive(report(NEWER), 'Bernard')
  t.equal(flood.pending('Bernard'), 0, 'nor one that is older than what it sends')
})

t.test('a neighbour that sends an older report is still sent the newer one', async (t) => {
  const flood = linked('Bernard')
  flood.receive(report(NEWER))
  flood.receive(report(OLD), 'Bernard')
  t.same(reportsFor(flood, 'Bernard', 10), [NEWER])
})

t.test('a new plain link is sent the whole table, and nothing is kept for it once it is down', async (t) => {
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
})

t.test(
  'a neighbour that is sent everything gets the newest report of each client once, as it reads',
  async (t) => {
    const flood = linked()
    for (const line of [OLD, LIME, FIG, PLUM]) flood.receive(report(line))
    flood.linkUp('Bernard', 'plain')
    t.equal(flood.pending('Bernard'), 4)
    t.same(reportsFor(flood, 'Bernard', 1), [OLD])
    t.equal(flood.pending('Bernard'), 3)
    flood.receive(report(LIME), 'Bernard')
    flood.receive(report(FIG), 'Bernard')
    t.equal(flood.pending('Bernard'), 1, 'the neighbour knows two of the others')
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

t.test('a link that comes up again is sent the whole table again, once', async (t) => {
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

t.test('a neighbour that can compare is sent the digest and the number of clients, no reports', async (t) => {
  const flood = linked()
  flood.receive(report(OLD))
  flood.linkUp('Bernard', 'proxyherd')
  flood.slices.hash()
  t.same(sentBy(flood, 'Bernard', 10), [{ kind: 'digest', digest: flood.digest, clients: 1 }])
})

import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { MAX_UNSENT } from '../../src/flood/unsent-history.js'
import { DOUBT_BEATS } from '../../src/flood/trees.js'
import { catchUp, receiveLines, linesFor, linkedTo } from '../fixtures/floods.js'

/** The `AT` line of a client's report that reaches Clark at a second. */
function at(client: string, second: number): string {
  return `AT Clark +0 ${client} +1+1 ${second}`
}

/** Bernard, who gets Clark's reports from Jaquez, has sent PRUNE to Juzang, and has nothing left to send to anybody. */
function linkedBernard(): Flood {
  const flood = linkedTo(['Jaquez', 'Juzang', 'Johnson'], 'Bernard')
  receiveLines(flood, 'Jaquez', at('kiwi', 1))
  receiveLines(flood, 'Juzang', at('kiwi', 1))
  for (const neighbour of ['Jaquez', 'Juzang', 'Johnson']) linesFor(flood, neighbour)
  return flood
}

function beat(flood: Flood, count: number): void {
  for (let beats = 0; beats < count; beats += 1) flood.beat()
}

t.test(
  'a parent is given up when others have seen more for DOUBT_BEATS beats; then all are sent GRAFT',
  async (t) => {
    const flood = linkedBernard()
    flood.beat()
    receiveLines(flood, 'Juzang', 'SEEN Clark 5000000')
    beat(flood, DOUBT_BEATS - 1)
    t.same(linesFor(flood, 'Juzang'), [])
    t.equal(flood.isBeatDue, true)
    flood.beat()
    for (const neighbour of ['Jaquez', 'Juzang', 'Johnson'])
      t.same(linesFor(flood, neighbour), ['GRAFT Clark 1000000'], neighbour)
    beat(flood, 2 * DOUBT_BEATS)
    t.same(linesFor(flood, 'Juzang'), [], 'once')
    receiveLines(flood, 'Juzang', at('kiwi', 5))
    receiveLines(flood, 'Johnson', at('kiwi', 5))
    t.same(
      linesFor(flood, 'Johnson'),
      ['PRUNE Clark'],
      'the first to send a report is the parent from now on',
    )
  },
)

t.test('a parent that sends what others have announced, even late, is not given up', async (t) => {
  const flood = linkedBernard()
  flood.beat()
  for (let second = 2; second < 6; second += 1) {
    receiveLines(flood, 'Juzang', `SEEN Clark ${second}000000`)
    beat(flood, DOUBT_BEATS - 1)
    receiveLines(flood, 'Jaquez', at('kiwi', second))
    beat(flood, DOUBT_BEATS)
    t.same(linesFor(flood, 'Jaquez'), [])
  }
  receiveLines(flood, 'Johnson', 'SEEN Clark 1000000')
  beat(flood, 2 * DOUBT_BEATS)
  t.same(linesFor(flood, 'Jaquez'), [], 'nor because of reports that we have seen')
})

t.test('a slow parent is not given up as long as it sends something', async (t) => {
  const flood = linkedBernard()
  receiveLines(flood, 'Juzang', 'SEEN Clark 1000000000')
  for (let second = 2; second < 20; second += 1) {
    receiveLines(flood, 'Jaquez', at('kiwi', second))
    beat(flood, DOUBT_BEATS)
    t.same(linesFor(flood, 'Jaquez'), [])
  }
  flood.beat()
  t.same(linesFor(flood, 'Jaquez'), ['GRAFT Clark 19000000'], 'but it is when it stops')
})

t.test('further announcements by others do not postpone giving up a parent', async (t) => {
  const flood = linkedBernard()
  flood.beat()
  for (let second = 5; second < 5 + DOUBT_BEATS; second += 1) {
    receiveLines(flood, 'Juzang', `SEEN Clark ${second}000000`, 'SEEN Clark 4000000')
    t.same(linesFor(flood, 'Juzang'), [])
    flood.beat()
  }
  t.same(linesFor(flood, 'Juzang'), ['GRAFT Clark 1000000'])
})

t.test('an announcement of reports that have come does not postpone giving up a parent', async (t) => {
  const flood = linkedBernard()
  receiveLines(flood, 'Juzang', 'SEEN Clark 5000000')
  receiveLines(flood, 'Johnson', 'SEEN Clark 2000000')
  receiveLines(flood, 'Jaquez', at('kiwi', 3))
  beat(flood, 1 + DOUBT_BEATS)
  t.same(linesFor(flood, 'Johnson'), ['GRAFT Clark 3000000', at('kiwi', 3)])
})

t.test('GRAFT asks for all since the latest report from the parent, whatever others have sent', async (t) => {
  const flood = linkedBernard()
  receiveLines(flood, 'Jaquez', at('lime', 4), at('fig', 3))
  // News from others shows neither that the parent is alive nor that it has sent all reports before that.
  receiveLines(flood, 'Johnson', at('nashi', 6), at('yuzu', 5))
  for (const neighbour of ['Juzang', 'Johnson']) linesFor(flood, neighbour)
  flood.linkDown('Jaquez')
  for (const neighbour of ['Juzang', 'Johnson'])
    t.same(linesFor(flood, neighbour), ['GRAFT Clark 4000000', 'DIGEST'], neighbour)
  receiveLines(flood, 'Johnson', at('pomelo', 7), at('lime', 6))
  linesFor(flood, 'Juzang')
  flood.linkDown('Johnson')
  t.same(linesFor(flood, 'Juzang'), ['GRAFT Clark 7000000', 'DIGEST'], 'since the next parent has sent that')
})

t.test('a server whose parent sends GRAFT gives up that parent too', async (t) => {
  const flood = linkedBernard()
  receiveLines(flood, 'Johnson', 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Juzang'), [], 'not for GRAFT from another neighbour')
  receiveLines(flood, 'Jaquez', 'GRAFT Clark 1000000')
  for (const neighbour of ['Jaquez', 'Juzang', 'Johnson'])
    t.same(linesFor(flood, neighbour), ['GRAFT Clark 1000000'], neighbour)
})

t.test('when the link to a parent is lost, other neighbours are sent GRAFT and DIGEST', async (t) => {
  const flood = linkedBernard()
  flood.linkUp('Plain', 'plain')
  linesFor(flood, 'Plain')
  flood.linkDown('Jaquez')
  for (const neighbour of ['Juzang', 'Johnson'])
    t.same(linesFor(flood, neighbour), ['GRAFT Clark 1000000', 'DIGEST'], neighbour)
  t.same(linesFor(flood, 'Plain'), [])
  receiveLines(flood, 'Johnson', at('kiwi', 2))
  linesFor(flood, 'Juzang')
  flood.linkDown('Juzang')
  t.same(linesFor(flood, 'Johnson'), ['DIGEST'], 'only DIGEST if it was not a parent')
})

t.test('a link that comes up again has no PRUNE from before', async (t) => {
  const flood = linkedBernard()
  receiveLines(flood, 'Johnson', 'PRUNE Clark')
  flood.linkUp('Johnson', 'proxyherd')
  t.same(linesFor(flood, 'Johnson'), ['DIGEST'])
  receiveLines(flood, 'Jaquez', at('kiwi', 2))
  t.same(linesFor(flood, 'Johnson'), [at('kiwi', 2)])
  flood.linkUp('Juzang', 'proxyherd')
  linesFor(flood, 'Juzang')
  receiveLines(flood, 'Juzang', at('kiwi', 2))
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark'], 'and PRUNE is sent again')
})

t.test('a neighbour becomes the parent by sending news, not a known report', async (t) => {
  const flood = linkedBernard()
  flood.linkDown('Jaquez')
  for (const neighbour of ['Juzang', 'Johnson']) linesFor(flood, neighbour)
  receiveLines(flood, 'Johnson', at('kiwi', 1))
  receiveLines(flood, 'Juzang', at('kiwi', 2))
  receiveLines(flood, 'Johnson', at('kiwi', 2))
  t.same(linesFor(flood, 'Juzang'), [])
  t.same(linesFor(flood, 'Johnson'), ['PRUNE Clark'])
})

/** Bernard, who has PRUNE from Johnson for Clark, and since then so many of Clark's reports, one per second. */
function withUnsent(count: number): Flood {
  const flood = linkedBernard()
  receiveLines(flood, 'Johnson', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', ...ofSeconds(2, 1 + count))
  return flood
}

/** What Johnson is sent after GRAFT, when he has seen the reports up to a second. */
function sentAfterGraft(count: number, second: number): string[] {
  const flood = withUnsent(count)
  receiveLines(flood, 'Johnson', `GRAFT Clark ${second}000000`)
  catchUp(flood)
  return linesFor(flood, 'Johnson')
}

/** One report for each of these seconds. */
function ofSeconds(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => at(`client${first + index}`, first + index))
}

t.test('GRAFT is answered with the unsent reports, from the last that the neighbour has seen', async (t) => {
  t.same(sentAfterGraft(20, 1), ofSeconds(2, 21))
  // It may have only some of the reports that arrived at the same time.
  t.same(sentAfterGraft(20, 10), ofSeconds(10, 21))
  t.same(sentAfterGraft(20, 100), [])
  t.same(sentAfterGraft(200, 1), ofSeconds(2, 201))
})

t.test(
  'GRAFT that comes too late is answered with what is remembered, and DIGEST for the rest',
  async (t) => {
    const count = MAX_UNSENT + 2
    const remembered = ofSeconds(4, 1 + count)
    t.same(sentAfterGraft(count, 1), ['DIGEST', ...remembered])
    t.same(sentAfterGraft(count, 3), ['DIGEST', ...remembered], 'though it may lack only one report')
    t.same(sentAfterGraft(count, 4), remembered, 'unless it has seen the rest')
  },
)

t.test('GRAFT is not answered with reports that the neighbour has sent itself', async (t) => {
  const flood = withUnsent(3)
  receiveLines(flood, 'Johnson', ...ofSeconds(2, 3), 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Johnson'), ['PRUNE Clark', ...ofSeconds(4, 4)])
})

t.test('GRAFT is not answered with a report if a newer one of the client was sent', async (t) => {
  const flood = withUnsent(2)
  receiveLines(flood, 'Jaquez', 'AT Jaquez +0 client2 +1+1 5')
  t.same(linesFor(flood, 'Johnson'), ['AT Jaquez +0 client2 +1+1 5'])
  receiveLines(flood, 'Johnson', 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Johnson'), ofSeconds(3, 3))
})

t.test('GRAFT for one origin does not undo PRUNE for another', async (t) => {
  const flood = withUnsent(1)
  receiveLines(flood, 'Johnson', 'PRUNE Jaquez')
  receiveLines(flood, 'Jaquez', 'AT Jaquez +0 lime +1+1 5')
  receiveLines(flood, 'Johnson', 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Johnson'), ofSeconds(2, 2))
  receiveLines(flood, 'Johnson', 'GRAFT Jaquez 0')
  t.same(linesFor(flood, 'Johnson'), ['AT Jaquez +0 lime +1+1 5'])
})

t.test('a neighbour that has sent GRAFT is not adopted as parent until it sends PRUNE or SEEN', async (t) => {
  for (const shown of ['PRUNE Clark', 'SEEN Clark 1000000']) {
    const flood = linkedBernard()
    receiveLines(flood, 'Juzang', 'GRAFT Clark 1000000')
    flood.linkDown('Jaquez')
    linesFor(flood, 'Johnson')
    receiveLines(flood, 'Juzang', at('kiwi', 2))
    receiveLines(flood, 'Johnson', at('kiwi', 2))
    t.same(linesFor(flood, 'Johnson'), [], 'since there is no parent yet')
    receiveLines(flood, 'Juzang', shown, at('kiwi', 3))
    receiveLines(flood, 'Johnson', at('kiwi', 3))
    t.same(linesFor(flood, 'Johnson'), ['PRUNE Clark'], shown)
  }
})

t.test('a beat is due after a report has come', async (t) => {
  const flood = withUnsent(1)
  t.equal(flood.isBeatDue, true)
  flood.beat()
  t.equal(flood.isBeatDue, false)
})

t.test('an announcement of reports that the parent has sent needs no second beat', async (t) => {
  const flood = linkedBernard()
  receiveLines(flood, 'Juzang', 'SEEN Clark 1000000')
  flood.beat()
  t.equal(flood.isBeatDue, false)
})

t.test('a distant parent is given the round trip of its link in addition', async (t) => {
  const flood = linkedBernard()
  flood.setDelay('Jaquez', 6)
  flood.setDelay('nobody', 6)
  flood.beat()
  receiveLines(flood, 'Juzang', 'SEEN Clark 5000000')
  beat(flood, DOUBT_BEATS + 5)
  t.same(linesFor(flood, 'Juzang'), [])
  flood.beat()
  t.same(linesFor(flood, 'Juzang'), ['GRAFT Clark 1000000'])
})

t.test('after the clock of an origin has stepped back, its counts show that a parent is dead', async (t) => {
  const flood = linkedBernard()
  // An hour ahead, before the clock was set right.
  receiveLines(flood, 'Jaquez', at('kiwi', 3_600))
  receiveLines(flood, 'Jaquez', `COUNT 3600000001 ${at('lime', 2)}`)
  linesFor(flood, 'Juzang')
  t.same(
    linesFor(flood, 'Johnson'),
    [at('kiwi', 3_600), `COUNT 3600000001 ${at('lime', 2)}`],
    'a count is passed on with its report',
  )
  flood.beat()
  receiveLines(flood, 'Juzang', 'SEEN Clark 3600000002')
  beat(flood, DOUBT_BEATS)
  t.same(linesFor(flood, 'Juzang'), ['GRAFT Clark 3600000001'])
  receiveLines(flood, 'Juzang', at('lime', 3))
  t.same(
    linesFor(flood, 'Johnson').at(-1),
    `LATE ${at('lime', 3)}`,
    'a report without a count is taken for a late one',
  )
})

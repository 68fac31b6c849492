import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { MAX_UNSENT } from '../../src/flood/unsent-history.js'
import { DOUBT_BEATS } from '../../src/flood/trees.js'
import { catchUp, receiveLines, linesFor, linkedTo } from '../fixtures/said.js'

/** What Clark makes of a report of a client at some second, which is when he hears it. */
function at(client: string, second: number): string {
  return `AT Clark +0 ${client} +1+1 ${second}`
}

/** Bernard, who has Clark's reports from Jaquez, has asked Juzang not to tell them, and has nothing left to say to anybody. */
function bernard(): Flood {
  const flood = linkedTo(['Jaquez', 'Juzang', 'Johnson'], 'Bernard')
  receiveLines(flood, 'Jaquez', at('kiwi', 1))
  receiveLines(flood, 'Juzang', at('kiwi', 1))
  for (const neighbour of ['Jaquez', 'Juzang', 'Johnson']) linesFor(flood, neighbour)
  return flood
}

function beat(flood: Flood, count: number): void {
  for (let beats = 0; beats < count; beats += 1) flood.beat()
}

t.test('a way is doubted when others have had more for so many beats; then all are asked', async (t) => {
  const flood = bernard()
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
  t.same(linesFor(flood, 'Johnson'), ['PRUNE Clark'], 'who brings them first is the way from now on')
})

t.test('a way is not doubted that brings what others have had, if only in the end', async (t) => {
  const flood = bernard()
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
  t.same(linesFor(flood, 'Jaquez'), [], 'nor for what we have had ourselves')
})

t.test('nor is one that is slow, as long as it brings something', async (t) => {
  const flood = bernard()
  receiveLines(flood, 'Juzang', 'SEEN Clark 1000000000')
  for (let second = 2; second < 20; second += 1) {
    receiveLines(flood, 'Jaquez', at('kiwi', second))
    beat(flood, DOUBT_BEATS)
    t.same(linesFor(flood, 'Jaquez'), [])
  }
  flood.beat()
  t.same(linesFor(flood, 'Jaquez'), ['GRAFT Clark 19000000'], 'but when it no longer does')
})

t.test('more of it that others announce does not put doubt off', async (t) => {
  const flood = bernard()
  flood.beat()
  for (let second = 5; second < 5 + DOUBT_BEATS; second += 1) {
    receiveLines(flood, 'Juzang', `SEEN Clark ${second}000000`, 'SEEN Clark 4000000')
    t.same(linesFor(flood, 'Juzang'), [])
    flood.beat()
  }
  t.same(linesFor(flood, 'Juzang'), ['GRAFT Clark 1000000'])
})

t.test('nor does less of it, which has come', async (t) => {
  const flood = bernard()
  receiveLines(flood, 'Juzang', 'SEEN Clark 5000000')
  receiveLines(flood, 'Johnson', 'SEEN Clark 2000000')
  receiveLines(flood, 'Jaquez', at('kiwi', 3))
  beat(flood, 1 + DOUBT_BEATS)
  t.same(linesFor(flood, 'Johnson'), ['GRAFT Clark 3000000', at('kiwi', 3)])
})

t.test('a server that is asked by whom it has the reports from doubts too', async (t) => {
  const flood = bernard()
  receiveLines(flood, 'Johnson', 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Juzang'), [], 'not by another')
  receiveLines(flood, 'Jaquez', 'GRAFT Clark 1000000')
  for (const neighbour of ['Jaquez', 'Juzang', 'Johnson'])
    t.same(linesFor(flood, neighbour), ['GRAFT Clark 1000000'], neighbour)
})

t.test('when a link is lost, others are asked for what has come by it, and compared with', async (t) => {
  const flood = bernard()
  flood.linkUp('Plain', 'plain')
  linesFor(flood, 'Plain')
  flood.linkDown('Jaquez')
  for (const neighbour of ['Juzang', 'Johnson'])
    t.same(linesFor(flood, neighbour), ['GRAFT Clark 1000000', 'DIGEST'], neighbour)
  t.same(linesFor(flood, 'Plain'), [])
  receiveLines(flood, 'Johnson', at('kiwi', 2))
  linesFor(flood, 'Juzang')
  flood.linkDown('Juzang')
  t.same(linesFor(flood, 'Johnson'), ['DIGEST'], 'only compared with when none has')
})

t.test('a link that comes up again is a new one, on which nobody has asked for anything', async (t) => {
  const flood = bernard()
  receiveLines(flood, 'Johnson', 'PRUNE Clark')
  flood.linkUp('Johnson', 'proxyherd')
  t.same(linesFor(flood, 'Johnson'), ['DIGEST'])
  receiveLines(flood, 'Jaquez', at('kiwi', 2))
  t.same(linesFor(flood, 'Johnson'), [at('kiwi', 2)])
  flood.linkUp('Juzang', 'proxyherd')
  linesFor(flood, 'Juzang')
  receiveLines(flood, 'Juzang', at('kiwi', 2))
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark'], 'and is asked again')
})

t.test('who is to bring reports again is the one with news, not with what is known', async (t) => {
  const flood = bernard()
  flood.linkDown('Jaquez')
  for (const neighbour of ['Juzang', 'Johnson']) linesFor(flood, neighbour)
  receiveLines(flood, 'Johnson', at('kiwi', 1))
  receiveLines(flood, 'Juzang', at('kiwi', 2))
  receiveLines(flood, 'Johnson', at('kiwi', 2))
  t.same(linesFor(flood, 'Juzang'), [])
  t.same(linesFor(flood, 'Johnson'), ['PRUNE Clark'])
})

/** Bernard, asked by Johnson not to tell Clark's reports, of which so many have come since, one a second. */
function owing(count: number): Flood {
  const flood = bernard()
  receiveLines(flood, 'Johnson', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', ...ofSeconds(2, 1 + count))
  return flood
}

/** What Johnson is told when he asks for them after all, and has had those up to some second. */
function askedAfter(count: number, second: number): string[] {
  const flood = owing(count)
  receiveLines(flood, 'Johnson', `GRAFT Clark ${second}000000`)
  catchUp(flood)
  return linesFor(flood, 'Johnson')
}

/** The reports of some seconds. */
function ofSeconds(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => at(`client${first + index}`, first + index))
}

t.test(
  'who asks for reports is told those that it was not told, from the last on that it has had',
  async (t) => {
    t.same(askedAfter(20, 1), ofSeconds(2, 21))
    // It may have had only some of those that were heard at one time.
    t.same(askedAfter(20, 10), ofSeconds(10, 21))
    t.same(askedAfter(20, 100), [])
  },
)

t.test('who asks too late is told what is remembered, and compared with for the rest', async (t) => {
  const count = MAX_UNSENT + 2
  const remembered = ofSeconds(4, 1 + count)
  t.same(askedAfter(count, 1), ['DIGEST', ...remembered])
  t.same(askedAfter(count, 3), ['DIGEST', ...remembered], 'though it may lack only one')
  t.same(askedAfter(count, 4), remembered, 'unless it has had the rest')
})

t.test('what it has told itself by then is not told', async (t) => {
  const flood = owing(3)
  receiveLines(flood, 'Johnson', ...ofSeconds(2, 3), 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Johnson'), ['PRUNE Clark', ...ofSeconds(4, 4)])
})

t.test('nor of a client that it was told a newer report of', async (t) => {
  const flood = owing(2)
  receiveLines(flood, 'Jaquez', 'AT Jaquez +0 client2 +1+1 5')
  t.same(linesFor(flood, 'Johnson'), ['AT Jaquez +0 client2 +1+1 5'])
  receiveLines(flood, 'Johnson', 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Johnson'), ofSeconds(3, 3))
})

t.test('what another origin has is still not told', async (t) => {
  const flood = owing(1)
  receiveLines(flood, 'Johnson', 'PRUNE Jaquez')
  receiveLines(flood, 'Jaquez', 'AT Jaquez +0 lime +1+1 5')
  receiveLines(flood, 'Johnson', 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Johnson'), ofSeconds(2, 2))
  receiveLines(flood, 'Johnson', 'GRAFT Jaquez 0')
  t.same(linesFor(flood, 'Johnson'), ['AT Jaquez +0 lime +1+1 5'])
})

t.test(
  'who has asked for reports is not taken for the one that brings them, until it shows that it has them',
  async (t) => {
    for (const shown of ['PRUNE Clark', 'SEEN Clark 1000000']) {
      const flood = bernard()
      receiveLines(flood, 'Juzang', 'GRAFT Clark 1000000')
      flood.linkDown('Jaquez')
      linesFor(flood, 'Johnson')
      receiveLines(flood, 'Juzang', at('kiwi', 2))
      receiveLines(flood, 'Johnson', at('kiwi', 2))
      t.same(linesFor(flood, 'Johnson'), [], 'as nobody is known to bring them')
      receiveLines(flood, 'Juzang', shown, at('kiwi', 3))
      receiveLines(flood, 'Johnson', at('kiwi', 3))
      t.same(linesFor(flood, 'Johnson'), ['PRUNE Clark'], shown)
    }
  },
)

t.test('time must go on for a beat after a report has come', async (t) => {
  const flood = owing(1)
  t.equal(flood.isBeatDue, true)
  flood.beat()
  t.equal(flood.isBeatDue, false)
})

t.test('a parent that is far away is given the round trip of its link on top', async (t) => {
  const flood = bernard()
  flood.setDelay('Jaquez', 6)
  flood.setDelay('nobody', 6)
  flood.beat()
  receiveLines(flood, 'Juzang', 'SEEN Clark 5000000')
  beat(flood, DOUBT_BEATS + 5)
  t.same(linesFor(flood, 'Juzang'), [])
  flood.beat()
  t.same(linesFor(flood, 'Juzang'), ['GRAFT Clark 1000000'])
})

t.test(
  'where the clock of a server has stepped back, its counts find out a parent that brings nothing',
  async (t) => {
    const flood = bernard()
    // An hour ahead, before the clock was set right.
    receiveLines(flood, 'Jaquez', at('kiwi', 3_600))
    receiveLines(flood, 'Jaquez', `COUNT 3600000001 ${at('lime', 2)}`)
    linesFor(flood, 'Juzang')
    t.same(
      linesFor(flood, 'Johnson'),
      [at('kiwi', 3_600), `COUNT 3600000001 ${at('lime', 2)}`],
      'a count goes on with its report',
    )
    flood.beat()
    receiveLines(flood, 'Juzang', 'SEEN Clark 3600000002')
    beat(flood, DOUBT_BEATS)
    t.same(linesFor(flood, 'Juzang'), ['GRAFT Clark 3600000001'])
    receiveLines(flood, 'Juzang', at('lime', 3))
    t.same(
      linesFor(flood, 'Johnson').at(-1),
      `LATE ${at('lime', 3)}`,
      'without a count it is taken for a late report',
    )
  },
)

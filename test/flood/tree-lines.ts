import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { MAX_ORIGINS } from '../../src/flood/origins.js'
import { DOUBT_BEATS } from '../../src/flood/trees.js'
import { LocalHerd } from '../fixtures/local-herd.js'
import { lineIn, report } from '../fixtures/reports.js'
import { receiveLines, linesFor, linkedTo, sentBy } from '../fixtures/floods.js'

/** The `AT` line of a client's report that reaches Clark at a second. */
function at(client: string, second: number): string {
  return `AT Clark +0 ${client} +1+1 ${second}`
}

const FIRST = at('kiwi', 1)
const SECOND = at('kiwi', 2)

/** Bernard, who has received a report of Clark's from Jaquez, and has nothing left to send to anybody. */
function linkedBernard(...others: string[]): Flood {
  const flood = linkedTo(['Jaquez', ...others], 'Bernard')
  receiveLines(flood, 'Jaquez', FIRST)
  for (const neighbour of others) linesFor(flood, neighbour)
  return flood
}

t.test('a neighbour that sends a report which another has sent already is pruned, once', async (t) => {
  const flood = linkedBernard('Juzang', 'Johnson')
  receiveLines(flood, 'Juzang', FIRST)
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark'])
  receiveLines(flood, 'Juzang', FIRST, SECOND)
  t.same(linesFor(flood, 'Juzang'), [], 'nor when reports that were under way then arrive, news or not')
  t.same(linesFor(flood, 'Jaquez'), [SECOND], 'news still goes to the parent')
  t.same(linesFor(flood, 'Johnson'), [SECOND], 'and a neighbour that has sent nothing is not pruned')
})

t.test('an origin that is a neighbour is the parent, even if another neighbour was sooner', async (t) => {
  const flood = linkedTo(['Juzang', 'Clark'], 'Bernard')
  receiveLines(flood, 'Juzang', FIRST)
  receiveLines(flood, 'Clark', FIRST)
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark'])
  t.same(linesFor(flood, 'Clark'), [])
})

t.test('an origin without a parent is adopted as parent when it sends a known report', async (t) => {
  const flood = linkedBernard('Clark', 'Juzang')
  flood.linkDown('Jaquez')
  for (const neighbour of ['Clark', 'Juzang']) linesFor(flood, neighbour)
  receiveLines(flood, 'Clark', FIRST)
  receiveLines(flood, 'Juzang', SECOND)
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark'])
  receiveLines(flood, 'Clark', SECOND)
  t.same(linesFor(flood, 'Clark'), [], 'and it is never pruned')
})

t.test('an origin that sends a late report becomes the parent in place of another', async (t) => {
  const flood = linkedBernard('Clark', 'Juzang')
  flood.beat()
  receiveLines(flood, 'Clark', FIRST)
  t.same(linesFor(flood, 'Jaquez'), ['PRUNE Clark'])
  receiveLines(flood, 'Juzang', FIRST, SECOND)
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark'])
  t.same(linesFor(flood, 'Clark'), [SECOND])
})

t.test('a neighbour that has sent PRUNE for one origin still gets the reports of others', async (t) => {
  const flood = linkedBernard('Juzang')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', SECOND, 'AT Johnson +0 lime +1+1 2')
  t.same(linesFor(flood, 'Juzang'), ['AT Johnson +0 lime +1+1 2'])
})

t.test('PRUNE for the reports of our own clients is ignored', async (t) => {
  const flood = linkedTo(['Juzang'], 'Clark')
  receiveLines(flood, 'Juzang', 'SEEN Clark 1000000', 'GRAFT Clark 1000000', 'PRUNE Clark')
  t.equal(flood.receive(report(SECOND)), true)
  t.same(linesFor(flood, 'Juzang'), [SECOND], 'since we are the origin')
  receiveLines(flood, 'Juzang', 'SEEN Clark 9000000')
  for (let beat = 0; beat <= DOUBT_BEATS; beat += 1) flood.beat()
  t.same(linesFor(flood, 'Juzang'), [], 'and nobody can have seen more')
})

t.test('a neighbour that sends GRAFT gets what it has missed, and all that comes', async (t) => {
  const flood = linkedBernard('Juzang')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', SECOND, at('lime', 3), at('fig', 4))
  receiveLines(flood, 'Juzang', at('lime', 3), 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark', SECOND, at('fig', 4)], 'but not what it has sent itself')
  receiveLines(flood, 'Jaquez', at('yuzu', 5))
  t.same(linesFor(flood, 'Juzang'), [at('yuzu', 5)])
})

t.test('a neighbour that sends GRAFT does not get reports replaced by those sent meanwhile', async (t) => {
  const flood = linkedBernard('Juzang')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', SECOND, 'AT Oak +0 kiwi +1+1 3')
  t.same(linesFor(flood, 'Juzang'), ['AT Oak +0 kiwi +1+1 3'])
  receiveLines(flood, 'Juzang', 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Juzang'), [])
})

t.test('new reports are announced on the next beat to neighbours that have pruned them, once', async (t) => {
  const flood = linkedBernard('Juzang')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', SECOND, at('lime', 3))
  t.same(linesFor(flood, 'Juzang'), [])
  flood.beat()
  t.same(linesFor(flood, 'Juzang'), ['SEEN Clark 3000000'])
  t.same(linesFor(flood, 'Jaquez'), [], 'not to the neighbour that sent them')
  flood.beat()
  t.equal(flood.hasToSend('Juzang'), false)
})

t.test('a neighbour that has announced reports itself is sent no SEEN for them', async (t) => {
  for (const beatsFirst of [false, true]) {
    const flood = linkedBernard('Juzang')
    receiveLines(flood, 'Juzang', 'PRUNE Clark')
    receiveLines(flood, 'Jaquez', SECOND)
    if (beatsFirst) flood.beat()
    receiveLines(flood, 'Juzang', 'SEEN Clark 2000000', 'SEEN Clark 1000000')
    if (!beatsFirst) flood.beat()
    t.same(linesFor(flood, 'Juzang'), [], beatsFirst ? 'though one was due' : 'none becomes due')
    receiveLines(flood, 'Jaquez', at('kiwi', 3))
    flood.beat()
    t.same(linesFor(flood, 'Juzang'), ['SEEN Clark 3000000'], 'but for what comes after that')
  }
})

t.test('a neighbour that was sent PRUNE, and prunes too, is sent SEEN for what it may lack', async (t) => {
  const flood = linkedBernard('Juzang')
  receiveLines(flood, 'Juzang', FIRST, 'PRUNE Clark')
  t.same(sentBy(flood, 'Juzang', 9), [{ kind: 'prune', origin: 'Clark' }])
  flood.beat()
  t.same(linesFor(flood, 'Juzang'), ['SEEN Clark 1000000'])
})

t.test('a neighbour that has seen more than we is still sent SEEN for what comes', async (t) => {
  const flood = linkedBernard('Juzang')
  receiveLines(flood, 'Juzang', 'PRUNE Clark', 'SEEN Clark 9000000')
  receiveLines(flood, 'Jaquez', SECOND)
  flood.beat()
  t.same(linesFor(flood, 'Juzang'), ['SEEN Clark 2000000'])
})

t.test('of several messages due for one origin, only the last is sent', async (t) => {
  const flood = linkedBernard('Juzang', 'Johnson')
  receiveLines(flood, 'Juzang', FIRST)
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  flood.linkDown('Jaquez')
  receiveLines(flood, 'Johnson', SECOND)
  flood.beat()
  t.same(linesFor(flood, 'Juzang'), ['GRAFT Clark 2000000', 'DIGEST'], 'but SEEN does not replace GRAFT')
})

t.test('messages about trees are sent before all others, and no more at once than are taken', async (t) => {
  const flood = linkedBernard('Juzang')
  const lines = ['AT Oak +0 lime +1+1 1', 'AT Elm +0 fig +1+1 1']
  receiveLines(flood, 'Jaquez', ...lines)
  receiveLines(flood, 'Juzang', ...lines)
  t.equal(flood.pending('Juzang'), 0)
  t.equal(flood.hasToSend('Juzang'), true)
  flood.compare('Juzang')
  receiveLines(flood, 'Jaquez', SECOND)
  t.same(linesFor(flood, 'Juzang', 1), ['PRUNE Oak'])
  t.same(linesFor(flood, 'Juzang', 1), ['PRUNE Elm'])
  t.same(linesFor(flood, 'Juzang', 1), [SECOND])
  t.same(linesFor(flood, 'Juzang', 2), ['DIGEST'])
  t.equal(flood.hasToSend('Juzang'), false)
})

t.test('a neighbour without trees is sent no messages about them, and all reports', async (t) => {
  const flood = linkedBernard('Juzang')
  flood.linkUp('Plain', 'plain')
  t.same(linesFor(flood, 'Plain'), [FIRST])
  receiveLines(flood, 'Plain', FIRST, 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', SECOND)
  flood.beat()
  t.same(linesFor(flood, 'Plain'), [SECOND])
  flood.linkDown('Jaquez')
  t.same(linesFor(flood, 'Plain'), [])
  linesFor(flood, 'Juzang')
  receiveLines(flood, 'Plain', at('lime', 3))
  receiveLines(flood, 'Juzang', at('lime', 3), at('lime', 4))
  t.same(linesFor(flood, 'Plain'), [at('lime', 4)])
  t.same(linesFor(flood, 'Juzang'), [], 'and is not pruned for what a neighbour without trees has sent')
})

t.test('messages about trees from a server that is not linked are ignored', async (t) => {
  const flood = linkedBernard('Juzang')
  receiveLines(flood, 'Elm', 'PRUNE Clark', 'GRAFT Clark 1', 'SEEN Clark 9000000')
  t.equal(flood.hasToSend('Elm'), false)
  receiveLines(flood, 'Jaquez', SECOND)
  t.same(linesFor(flood, 'Juzang'), [SECOND])
})

t.test('at most MAX_ORIGINS servers have trees, and reports of the rest are flooded', async (t) => {
  const flood = linkedTo(['Jaquez', 'Juzang'], 'Bernard')
  for (let nth = 0; nth <= MAX_ORIGINS; nth += 1) receiveLines(flood, 'Juzang', `PRUNE S${nth}`)
  const [last, beyond] = [MAX_ORIGINS - 1, MAX_ORIGINS].map((nth) => `AT S${nth} +0 of-S${nth} +1+1 1`)
  receiveLines(flood, 'Jaquez', last ?? '', beyond ?? '')
  t.same(linesFor(flood, 'Juzang'), [beyond])
  receiveLines(flood, 'Juzang', last ?? '', beyond ?? '')
  t.same(linesFor(flood, 'Juzang'), [`PRUNE S${MAX_ORIGINS - 1}`])
})

t.test('no origin is mistaken for another among many', async (t) => {
  const flood = linkedTo(['Jaquez', 'Juzang'], 'Bernard')
  const names = Array.from({ length: 1_000 }, (_, index) => `S${index}`)
  const odd = names.filter((_, index) => index % 2 === 1)
  const lineOf = (name: string): string => `AT ${name} +0 of-${name} +1+1 1`
  for (const name of odd) receiveLines(flood, 'Juzang', `PRUNE ${name}`)
  for (const name of names) receiveLines(flood, 'Jaquez', lineOf(name))
  t.same(
    linesFor(flood, 'Juzang'),
    names.filter((name) => !odd.includes(name)).map((name) => lineOf(name)),
  )
})

/** Clark and Oak, linked in one process, and each linked to these neighbours elsewhere. */
function clarkAndOak(ofClark: readonly string[], ofOak: readonly string[]): LocalHerd {
  const herd = new LocalHerd(['Clark', 'Oak'])
  herd.link('Clark', 'Oak')
  for (const [name, neighbours] of [
    ['Clark', ofClark],
    ['Oak', ofOak],
  ] as const)
    for (const neighbour of neighbours) {
      herd.flood(name).linkUp(neighbour, 'proxyherd')
      linesFor(herd.flood(name), neighbour)
    }
  return herd
}

const FROM_FIG = 'AT Fig +0 kiwi +1+1 1'

t.test('a neighbour is pruned if another server of the process has passed its report before', async (t) => {
  const herd = clarkAndOak(['Elm'], ['Elm', 'Ash'])
  const [clark, oak] = [herd.flood('Clark'), herd.flood('Oak')]
  receiveLines(clark, 'Elm', FROM_FIG)
  herd.settle()
  t.same(herd.takePassed(), [`Clark > Oak ${FROM_FIG}`])
  t.same(linesFor(oak, 'Ash'), [FROM_FIG])
  receiveLines(oak, 'Elm', FROM_FIG)
  t.same(linesFor(oak, 'Elm'), ['PRUNE Fig'])
  t.same(linesFor(clark, 'Elm'), [], 'not by Clark, whose parent it is')
  receiveLines(oak, 'Ash', 'PRUNE Fig')
  receiveLines(clark, 'Elm', 'AT Fig +0 kiwi +1+1 2')
  herd.settle()
  t.same(linesFor(oak, 'Ash'), [])
})

t.test('the origin itself is not pruned, by either server of a process', async (t) => {
  const herd = clarkAndOak(['Fig'], ['Fig', 'Ash'])
  const [clark, oak] = [herd.flood('Clark'), herd.flood('Oak')]
  receiveLines(clark, 'Fig', FROM_FIG)
  herd.settle()
  receiveLines(oak, 'Fig', FROM_FIG)
  linesFor(oak, 'Ash')
  t.same([...linesFor(clark, 'Fig'), ...linesFor(oak, 'Fig')], [])
  receiveLines(oak, 'Ash', FROM_FIG)
  t.same(linesFor(oak, 'Ash'), ['PRUNE Fig'])
})

t.test(
  'a server whose parent in its own process is dead sends GRAFT to its neighbours elsewhere',
  async (t) => {
    const herd = clarkAndOak(['Elm'], ['Ash'])
    const [clark, oak] = [herd.flood('Clark'), herd.flood('Oak')]
    receiveLines(clark, 'Elm', FROM_FIG)
    herd.settle()
    receiveLines(oak, 'Ash', FROM_FIG)
    t.same(linesFor(oak, 'Ash'), ['PRUNE Fig'])
    receiveLines(oak, 'Ash', 'SEEN Fig 5000000')
    for (let beat = 0; beat <= DOUBT_BEATS; beat += 1) oak.beat()
    t.same(linesFor(oak, 'Ash'), ['GRAFT Fig 1000000'])
    receiveLines(oak, 'Ash', 'AT Fig +0 kiwi +1+1 5')
    herd.settle()
    t.equal(lineIn(clark.get(Buffer.from('kiwi')) ?? report(FIRST)), 'AT Fig +0 kiwi +1+1 5')
  },
)

import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { MAX_ORIGINS } from '../../src/flood/origins.js'
import { DOUBT_BEATS } from '../../src/flood/trees.js'
import { LocalHerd } from '../fixtures/local-herd.js'
import { lineIn, report } from '../fixtures/reports.js'
import { receiveLines, linesFor, linkedTo } from '../fixtures/said.js'

/** What Clark makes of a report of a client at some second, which is when he hears it. */
function at(client: string, second: number): string {
  return `AT Clark +0 ${client} +1+1 ${second}`
}

const FIRST = at('kiwi', 1)
const SECOND = at('kiwi', 2)

/** Bernard, who has had a report of Clark's from Jaquez, and nothing left to say to anybody. */
function bernard(...others: string[]): Flood {
  const flood = linkedTo(['Jaquez', ...others], 'Bernard')
  receiveLines(flood, 'Jaquez', FIRST)
  for (const neighbour of others) linesFor(flood, neighbour)
  return flood
}

t.test('who tells what another has told already is asked not to, once', async (t) => {
  const flood = bernard('Juzang', 'Johnson')
  receiveLines(flood, 'Juzang', FIRST)
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark'])
  receiveLines(flood, 'Juzang', FIRST, SECOND)
  t.same(linesFor(flood, 'Juzang'), [], 'nor when what was under way then comes, be it news or not')
  t.same(linesFor(flood, 'Jaquez'), [SECOND], 'who goes on telling')
  t.same(linesFor(flood, 'Johnson'), [SECOND], 'and who has told nothing is not asked anything')
})

t.test('reports of the server that heard them are taken from itself, whoever was sooner', async (t) => {
  const flood = linkedTo(['Juzang', 'Clark'], 'Bernard')
  receiveLines(flood, 'Juzang', FIRST)
  receiveLines(flood, 'Clark', FIRST)
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark'])
  t.same(linesFor(flood, 'Clark'), [])
})

t.test('who asks not to be told is not, and is told no less of other servers', async (t) => {
  const flood = bernard('Juzang')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', SECOND, 'AT Johnson +0 lime +1+1 2')
  t.same(linesFor(flood, 'Juzang'), ['AT Johnson +0 lime +1+1 2'])
})

t.test('who asks not to be told of our own clients is told all the same', async (t) => {
  const flood = linkedTo(['Juzang'], 'Clark')
  receiveLines(flood, 'Juzang', 'SEEN Clark 1000000', 'GRAFT Clark 1000000', 'PRUNE Clark')
  t.equal(flood.receive(report(SECOND)), true)
  t.same(linesFor(flood, 'Juzang'), [SECOND], 'since they have us to hear it from')
})

t.test('who asks to be told again is told what it has missed, and all that comes', async (t) => {
  const flood = bernard('Juzang')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', SECOND, at('lime', 3), at('fig', 4))
  receiveLines(flood, 'Juzang', at('lime', 3), 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark', SECOND, at('fig', 4)], 'but not what it has told')
  receiveLines(flood, 'Jaquez', at('yuzu', 5))
  t.same(linesFor(flood, 'Juzang'), [at('yuzu', 5)])
})

t.test('nor what it has been told otherwise in the meantime', async (t) => {
  const flood = bernard('Juzang')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', SECOND, 'AT Oak +0 kiwi +1+1 3')
  t.same(linesFor(flood, 'Juzang'), ['AT Oak +0 kiwi +1+1 3'])
  receiveLines(flood, 'Juzang', 'GRAFT Clark 1000000')
  t.same(linesFor(flood, 'Juzang'), [])
})

t.test('what has come is announced with the next beat to who has asked not to be told, once', async (t) => {
  const flood = bernard('Juzang')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', SECOND, at('lime', 3))
  t.same(linesFor(flood, 'Juzang'), [])
  flood.beat()
  t.same(linesFor(flood, 'Juzang'), ['SEEN Clark 3000000'])
  t.same(linesFor(flood, 'Jaquez'), [], 'who told it')
  flood.beat()
  t.equal(flood.hasToSend('Juzang'), false)
})

t.test('who has announced it need not be told', async (t) => {
  for (const beatsFirst of [false, true]) {
    const flood = bernard('Juzang')
    receiveLines(flood, 'Juzang', 'PRUNE Clark')
    receiveLines(flood, 'Jaquez', SECOND)
    if (beatsFirst) flood.beat()
    receiveLines(flood, 'Juzang', 'SEEN Clark 2000000', 'SEEN Clark 1000000')
    if (!beatsFirst) flood.beat()
    t.same(linesFor(flood, 'Juzang'), [], beatsFirst ? 'though it was about to be' : 'nor is it due')
    receiveLines(flood, 'Jaquez', at('kiwi', 3))
    flood.beat()
    t.same(linesFor(flood, 'Juzang'), ['SEEN Clark 3000000'], 'but what comes after that')
  }
})

t.test('of what is to be said of a server the last counts', async (t) => {
  const flood = bernard('Juzang', 'Johnson')
  receiveLines(flood, 'Juzang', FIRST)
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  flood.linkDown('Jaquez')
  receiveLines(flood, 'Johnson', SECOND)
  flood.beat()
  t.same(linesFor(flood, 'Juzang'), ['GRAFT Clark 2000000', 'DIGEST'], 'but what is only announced can wait')
})

t.test('lines about trees come before all else, and no more at once than are taken', async (t) => {
  const flood = bernard('Juzang')
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

t.test('a neighbour that knows nothing of trees is asked nothing, and told all', async (t) => {
  const flood = bernard('Juzang')
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
  t.same(linesFor(flood, 'Juzang'), [], 'nor does what it brings come along a tree')
})

t.test('a neighbour that is not linked is not heard', async (t) => {
  const flood = bernard('Juzang')
  receiveLines(flood, 'Elm', 'PRUNE Clark', 'GRAFT Clark 1', 'SEEN Clark 9000000')
  t.equal(flood.hasToSend('Elm'), false)
  receiveLines(flood, 'Jaquez', SECOND)
  t.same(linesFor(flood, 'Juzang'), [SECOND])
})

t.test('there are trees of so many servers at most, and reports of the rest are flooded', async (t) => {
  const flood = linkedTo(['Jaquez', 'Juzang'], 'Bernard')
  for (let nth = 0; nth <= MAX_ORIGINS; nth += 1) receiveLines(flood, 'Juzang', `PRUNE S${nth}`)
  const [last, beyond] = [MAX_ORIGINS - 1, MAX_ORIGINS].map((nth) => `AT S${nth} +0 of-S${nth} +1+1 1`)
  receiveLines(flood, 'Jaquez', last ?? '', beyond ?? '')
  t.same(linesFor(flood, 'Juzang'), [beyond])
  receiveLines(flood, 'Juzang', last ?? '', beyond ?? '')
  t.same(linesFor(flood, 'Juzang'), [`PRUNE S${MAX_ORIGINS - 1}`])
})

t.test('of many servers none is taken for another', async (t) => {
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

/** Clark and Oak, linked in one process, and each to the neighbours given elsewhere. */
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
  t.same(herd.passed(), [`Clark > Oak ${FROM_FIG}`])
  t.same(linesFor(oak, 'Ash'), [FROM_FIG])
  receiveLines(oak, 'Elm', FROM_FIG)
  t.same(linesFor(oak, 'Elm'), ['PRUNE Fig'])
  t.same(linesFor(clark, 'Elm'), [], 'not where it is the parent for the whole process')
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

t.test('a server whose process has lost the tree asks its neighbours elsewhere', async (t) => {
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
})

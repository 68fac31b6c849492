import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { LocalHerd } from '../fixtures/local-herd.js'
import { receiveLines, linesFor, linkedTo } from '../fixtures/said.js'

/** What Clark makes of a report of a client at some second, which is when he hears it. */
function at(client: string, second: number): string {
  return `AT Clark +0 ${client} +1+1 ${second}`
}

/** The same, told as late. */
function late(...lines: string[]): string[] {
  return lines.map((line) => `LATE ${line}`)
}

/** Bernard, who has had a report of Clark's from Jaquez, and nothing left to say to anybody. */
function bernard(...others: string[]): Flood {
  const flood = linkedTo(['Jaquez', ...others], 'Bernard')
  receiveLines(flood, 'Jaquez', at('kiwi', 1))
  for (const neighbour of others) linesFor(flood, neighbour)
  return flood
}

t.test('reports out of the past, which a tree may have lost, are flooded', async (t) => {
  const flood = bernard('Juzang', 'Johnson')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', at('lime', 5), at('fig', 4))
  t.same(linesFor(flood, 'Juzang'), [], 'the past begins with the last beat')
  flood.beat()
  linesFor(flood, 'Juzang')
  receiveLines(flood, 'Johnson', at('nashi', 4), at('yuzu', 5), at('pomelo', 6))
  t.same(linesFor(flood, 'Juzang'), late(at('nashi', 4), at('yuzu', 5)))
})

t.test('not those that have only waited on the tree, behind newer ones', async (t) => {
  const flood = bernard('Juzang', 'Johnson')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', at('lime', 5))
  flood.beat()
  for (const neighbour of ['Juzang', 'Johnson']) linesFor(flood, neighbour)
  receiveLines(flood, 'Jaquez', at('nashi', 4))
  t.same(linesFor(flood, 'Juzang'), [])
  t.same(linesFor(flood, 'Johnson'), [at('nashi', 4)])
})

t.test('one out of the past from who knows no trees is late, also when nobody is the way', async (t) => {
  const flood = bernard('Johnson')
  flood.linkUp('Plain', 'plain')
  flood.beat()
  flood.linkDown('Jaquez')
  linesFor(flood, 'Johnson')
  receiveLines(flood, 'Plain', at('fig', 1))
  t.same(linesFor(flood, 'Johnson'), late(at('fig', 1)))
})

/** Clark and Jaquez of one process, who are linked to Elm and to Oak elsewhere, and have received a report of Ash's from Elm. */
function clarkAndJaquez(): LocalHerd {
  const herd = new LocalHerd(['Clark', 'Jaquez'])
  const [clark, jaquez] = [herd.flood('Clark'), herd.flood('Jaquez')]
  herd.link('Clark', 'Jaquez')
  clark.linkUp('Elm', 'proxyherd')
  jaquez.linkUp('Oak', 'proxyherd')
  receiveLines(clark, 'Elm', 'AT Ash +0 kiwi +1+1 5')
  herd.settle()
  receiveLines(jaquez, 'Oak', 'PRUNE Ash')
  linesFor(jaquez, 'Oak')
  for (const flood of [clark, jaquez]) flood.beat()
  linesFor(jaquez, 'Oak')
  return herd
}

t.test('a late report is still late when it has been passed within a process', async (t) => {
  const herd = clarkAndJaquez()
  receiveLines(herd.flood('Clark'), 'Elm', ...late('AT Ash +0 lime +1+1 6'))
  herd.settle()
  t.same(linesFor(herd.flood('Jaquez'), 'Oak'), late('AT Ash +0 lime +1+1 6'))
})

t.test(
  'an older report from the parent is not late, also when it has been passed within a process',
  async (t) => {
    const herd = clarkAndJaquez()
    receiveLines(herd.flood('Clark'), 'Elm', 'AT Ash +0 lime +1+1 4')
    herd.settle()
    t.equal(herd.flood('Jaquez').size, 2)
    t.same(linesFor(herd.flood('Jaquez'), 'Oak'), [])
  },
)

t.test('one that a neighbour says is late is flooded on, by whatever way it has come', async (t) => {
  const flood = bernard('Juzang', 'Johnson')
  flood.linkUp('Plain', 'plain')
  linesFor(flood, 'Plain')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', ...late(at('lime', 5)))
  for (const neighbour of ['Juzang', 'Johnson'])
    t.same(linesFor(flood, neighbour), late(at('lime', 5)), neighbour)
  t.same(linesFor(flood, 'Plain'), [at('lime', 5)], 'which who knows no trees does not hear')
  receiveLines(flood, 'Johnson', ...late(at('lime', 5)))
  t.same(linesFor(flood, 'Juzang'), [], 'once')
})

t.test('one that takes the place of a late one is not late', async (t) => {
  const flood = bernard('Juzang', 'Johnson')
  receiveLines(flood, 'Jaquez', ...late(at('lime', 5)), at('lime', 6))
  t.same(linesFor(flood, 'Juzang'), [at('lime', 6)])
  receiveLines(flood, 'Jaquez', ...late(at('lime', 7)))
  receiveLines(flood, 'Juzang', at('lime', 7))
  receiveLines(flood, 'Jaquez', at('lime', 8))
  t.same(linesFor(flood, 'Juzang'), ['PRUNE Clark', at('lime', 8)], 'nor after one that was known')
})

t.test('reports that were heard when no clock has ever shown are flooded', async (t) => {
  const flood = bernard('Juzang', 'Johnson')
  const huge = '9'.repeat(30)
  const never = [
    ['+1', huge],
    [`-${huge}`, '5'],
    [`-${huge}`, huge],
    ['-5', '5'],
    ['-5', '4'],
  ].map(([skew = '', time = ''], index) => `AT Clark ${skew} client${index} +1+1 ${time}`)
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Johnson', ...never)
  flood.beat()
  t.same(linesFor(flood, 'Juzang'), ['SEEN Clark 1000000', ...late(...never)])
})

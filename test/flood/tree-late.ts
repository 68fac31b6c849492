import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { LocalHerd } from '../fixtures/local-herd.js'
import { report } from '../fixtures/reports.js'
import { floodAlone, receiveLines, linesFor, linkedTo } from '../fixtures/floods.js'

/** The `AT` line of a client's report that reaches Clark at a second. */
function at(client: string, second: number): string {
  return `AT Clark +0 ${client} +1+1 ${second}`
}

/** The same lines as they are sent when they are late. */
function late(...lines: string[]): string[] {
  return lines.map((line) => `LATE ${line}`)
}

/** Bernard, who has received a report of Clark's from Jaquez, and has nothing left to send to anybody. */
function linkedBernard(...others: string[]): Flood {
  const flood = linkedTo(['Jaquez', ...others], 'Bernard')
  receiveLines(flood, 'Jaquez', at('kiwi', 1))
  for (const neighbour of others) linesFor(flood, neighbour)
  return flood
}

t.test('reports from before the last beat, which a tree may have lost, are flooded as late', async (t) => {
  const flood = linkedBernard('Juzang', 'Johnson')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', at('lime', 5), at('fig', 4))
  t.same(linesFor(flood, 'Juzang'), [], 'reports since the last beat are not late')
  flood.beat()
  linesFor(flood, 'Juzang')
  receiveLines(flood, 'Johnson', at('nashi', 4), at('yuzu', 5), at('pomelo', 6))
  t.same(linesFor(flood, 'Juzang'), late(at('nashi', 4), at('yuzu', 5)))
})

t.test('reports that have only waited at the parent, behind newer ones, are not late', async (t) => {
  const flood = linkedBernard('Juzang', 'Johnson')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', at('lime', 5))
  flood.beat()
  for (const neighbour of ['Juzang', 'Johnson']) linesFor(flood, neighbour)
  receiveLines(flood, 'Jaquez', at('nashi', 4))
  t.same(linesFor(flood, 'Juzang'), [])
  t.same(linesFor(flood, 'Johnson'), [at('nashi', 4)])
})

t.test('a neighbour that sends a late report is pruned only if the report is known', async (t) => {
  const flood = linkedBernard('Juzang', 'Johnson')
  receiveLines(flood, 'Jaquez', at('lime', 5))
  flood.beat()
  linesFor(flood, 'Johnson')
  receiveLines(flood, 'Johnson', at('nashi', 4))
  t.same(linesFor(flood, 'Johnson'), [])
  receiveLines(flood, 'Johnson', at('kiwi', 1))
  t.same(linesFor(flood, 'Johnson'), ['PRUNE Clark'])
})

t.test('only those reports that are late are sent as late', async (t) => {
  const flood = linkedBernard('Juzang')
  receiveLines(flood, 'Jaquez', ...late(at('lime', 5)), at('fig', 6), ...late(at('nashi', 5)))
  t.same(linesFor(flood, 'Juzang'), [at('fig', 6), ...late(at('lime', 5), at('nashi', 5))])
})

t.test('reports that a comparison has found are late, except for a neighbour without trees', async (t) => {
  const flood = floodAlone('Clark', 1)
  flood.receive(report(at('kiwi', 1)))
  for (const [neighbour, kind] of [
    ['Oak', 'proxyherd'],
    ['Plain', 'plain'],
  ] as const) {
    flood.linkUp(neighbour, kind)
    linesFor(flood, neighbour)
    flood.receiveSync({ kind: 'have', bucket: 0, digests: new Uint32Array(0) }, neighbour)
    const line = at('kiwi', 1)
    t.same(linesFor(flood, neighbour), kind === 'plain' ? [line] : late(line), neighbour)
  }
})

t.test('an old report from a neighbour without trees is late, also when there is no parent', async (t) => {
  const flood = linkedBernard('Johnson')
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

t.test(
  'a report that a neighbour sends as late is flooded, also when it comes from the parent',
  async (t) => {
    const flood = linkedBernard('Juzang', 'Johnson')
    flood.linkUp('Plain', 'plain')
    linesFor(flood, 'Plain')
    receiveLines(flood, 'Juzang', 'PRUNE Clark')
    receiveLines(flood, 'Jaquez', ...late(at('lime', 5)))
    for (const neighbour of ['Juzang', 'Johnson'])
      t.same(linesFor(flood, neighbour), late(at('lime', 5)), neighbour)
    t.same(linesFor(flood, 'Plain'), [at('lime', 5)], 'as a plain report to a neighbour without trees')
    receiveLines(flood, 'Johnson', ...late(at('lime', 5)))
    t.same(linesFor(flood, 'Juzang'), [], 'once')
  },
)

t.test('a late report of a known client is sent on as late', async (t) => {
  const flood = linkedBernard('Juzang', 'Johnson')
  receiveLines(flood, 'Juzang', 'PRUNE Clark')
  receiveLines(flood, 'Jaquez', ...late(at('kiwi', 2)))
  for (const neighbour of ['Juzang', 'Johnson'])
    t.same(linesFor(flood, neighbour), late(at('kiwi', 2)), neighbour)
  receiveLines(flood, 'Jaquez', at('kiwi', 3), ...late(at('kiwi', 4)))
  t.same(linesFor(flood, 'Johnson'), late(at('kiwi', 4)), 'also when it replaces one that is queued')
  receiveLines(flood, 'Jaquez', at('lime', 6))
  flood.beat()
  linesFor(flood, 'Juzang')
  receiveLines(flood, 'Johnson', at('kiwi', 5))
  t.same(linesFor(flood, 'Juzang'), late(at('kiwi', 5)), 'also when only its time shows that it is late')
})

t.test(
  'a late report of a known client is still late when it has been passed within a process',
  async (t) => {
    const herd = clarkAndJaquez()
    receiveLines(herd.flood('Clark'), 'Elm', ...late('AT Ash +0 kiwi +1+1 6'))
    herd.settle()
    t.same(linesFor(herd.flood('Jaquez'), 'Oak'), late('AT Ash +0 kiwi +1+1 6'))
  },
)

t.test('a late report is sent on as late whatever other servers of the process hold', async (t) => {
  const herd = new LocalHerd(['Clark', 'Jaquez'])
  const jaquez = herd.flood('Jaquez')
  for (const neighbour of ['Elm', 'Oak']) jaquez.linkUp(neighbour, 'proxyherd')
  receiveLines(jaquez, 'Elm', at('kiwi', 1))
  linesFor(jaquez, 'Oak')
  herd.flood('Clark').receive(report(at('kiwi', 7)))
  for (const second of [6, 7]) {
    receiveLines(jaquez, 'Elm', ...late(at('kiwi', second)))
    t.same(linesFor(jaquez, 'Oak'), late(at('kiwi', second)))
  }
})

t.test('a report that replaces a late one is not late', async (t) => {
  const flood = linkedBernard('Juzang', 'Johnson')
  receiveLines(flood, 'Jaquez', ...late(at('lime', 5)), at('lime', 6))
  t.same(linesFor(flood, 'Juzang'), [at('lime', 6)])
  receiveLines(flood, 'Jaquez', ...late(at('lime', 7)))
  receiveLines(flood, 'Juzang', at('lime', 7))
  receiveLines(flood, 'Jaquez', at('lime', 8))
  t.same(
    linesFor(flood, 'Juzang'),
    ['PRUNE Clark', at('lime', 8)],
    'nor after the late one has been received again',
  )
})

t.test('reports with times that no clock can have shown are flooded as late', async (t) => {
  const flood = linkedBernard('Juzang', 'Johnson')
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

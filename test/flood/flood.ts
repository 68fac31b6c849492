import t from 'tap'
import { Flood } from '../../src/flood/flood.js'
import { report } from '../fixtures/reports.js'

const old = report('AT Clark +0.1 kiwi +1+1 1')
const newer = report('AT Clark +0.1 kiwi +2+2 2')
const lime = report('AT Clark +0.1 lime +1+1 1')

function linked(...neighbours: string[]): Flood {
  const flood = new Flood()
  neighbours.forEach((neighbour) => {
    flood.linkUp(neighbour)
  })
  return flood
}

t.test('news from a client is stored and told to every neighbour', async (t) => {
  const flood = linked('Bernard', 'Juzang')
  t.same(flood.hear(old), { kind: 'news', tell: ['Bernard', 'Juzang'] })
  t.equal(flood.get('kiwi'), old)
  t.same(flood.take('Bernard', 10), [old])
  t.same(flood.take('Juzang', 10), [old])
  t.same(flood.take('Juzang', 10), [], 'once')
})

t.test('a newer position of a known client is news', async (t) => {
  const flood = linked('Bernard')
  flood.hear(old)
  flood.take('Bernard', 10)
  t.same(flood.hear(newer), { kind: 'news', tell: ['Bernard'] })
  t.same(flood.take('Bernard', 10), [newer])
})

t.test('news from a neighbour is not told back to it', async (t) => {
  const flood = linked('Bernard', 'Juzang')
  t.same(flood.hear(old, 'Bernard'), { kind: 'news', tell: ['Juzang'] })
  t.same(flood.take('Bernard', 10), [])
})

t.test('what is known, or older, stops here', async (t) => {
  const flood = linked('Bernard')
  flood.hear(newer)
  flood.take('Bernard', 10)
  t.same(flood.hear(newer), { kind: 'known' })
  t.same(flood.hear(newer, 'Bernard'), { kind: 'known' })
  t.same(flood.hear(old), { kind: 'known' })
  t.equal(flood.get('kiwi'), newer)
  t.same(flood.take('Bernard', 10), [])
})

t.test('a neighbour that lags behind is told only the newest of each client', async (t) => {
  const flood = linked('Bernard')
  flood.hear(old)
  flood.hear(lime)
  flood.hear(newer)
  t.equal(flood.pending('Bernard'), 2)
  t.same(flood.take('Bernard', 1), [newer])
  t.same(flood.take('Bernard', 1), [lime])
  t.equal(flood.pending('Bernard'), 0)
})

t.test('a neighbour that says what it was still to be told need not be told', async (t) => {
  const flood = linked('Bernard')
  flood.hear(old)
  flood.hear(old, 'Bernard')
  t.equal(flood.pending('Bernard'), 0)
  flood.hear(old)
  flood.hear(newer, 'Bernard')
  t.equal(flood.pending('Bernard'), 0, 'nor of what is older than what it says')
})

t.test('a neighbour that says something older is told still', async (t) => {
  const flood = linked('Bernard')
  flood.hear(newer)
  flood.hear(old, 'Bernard')
  t.same(flood.take('Bernard', 10), [newer])
})

t.test(
  'a link that comes up is told all that is known, once it is down nothing is kept for it',
  async (t) => {
    const flood = new Flood()
    t.same(flood.hear(old), { kind: 'news', tell: [] })
    flood.hear(lime)
    t.equal(flood.size, 2)
    flood.linkUp('Bernard')
    t.same(flood.take('Bernard', 10), [old, lime])
    flood.linkDown('Bernard')
    t.same(flood.hear(newer), { kind: 'news', tell: [] })
    t.equal(flood.pending('Bernard'), 0)
    t.same(flood.take('Bernard', 10), [])
    t.same([...flood.reports()], [newer, lime])
  },
)

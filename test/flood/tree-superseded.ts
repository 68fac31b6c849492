import t from 'tap'
import { DOUBT_BEATS } from '../../src/flood/trees.js'
import { linesFor, linkedTo, receiveLines } from '../fixtures/floods.js'

/** Bernard, who gets Clark's reports from Jaquez, has sent PRUNE to Juzang, and has nothing left to send to anybody. */
function linkedBernard(): ReturnType<typeof linkedTo> {
  const flood = linkedTo(['Jaquez', 'Juzang', 'Johnson'], 'Bernard')
  receiveLines(flood, 'Jaquez', 'AT Clark +0 kiwi +1+1 1')
  receiveLines(flood, 'Juzang', 'AT Clark +0 kiwi +1+1 1')
  for (const neighbour of ['Jaquez', 'Juzang', 'Johnson']) linesFor(flood, neighbour)
  flood.beat()
  return flood
}

t.test(
  'a server announces reports that it does not pass on, because they have lost to newer ones',
  async (t) => {
    const flood = linkedBernard()
    receiveLines(flood, 'Jaquez', 'AT Johnson +0 kiwi +1+1 9')
    for (const neighbour of ['Jaquez', 'Juzang', 'Johnson']) linesFor(flood, neighbour)
    receiveLines(flood, 'Jaquez', 'AT Clark +0 kiwi +1+1 2')
    flood.beat()
    t.same(linesFor(flood, 'Johnson'), ['SEEN Clark 2000000'])
    t.same(linesFor(flood, 'Jaquez'), [], 'not to the neighbour that they came from')
    flood.beat()
    t.same(linesFor(flood, 'Johnson'), [], 'once')
  },
)

t.test('a parent is not given up for reports that it announces in place of sending them', async (t) => {
  const flood = linkedBernard()
  receiveLines(flood, 'Juzang', 'SEEN Clark 5000000')
  receiveLines(flood, 'Jaquez', 'SEEN Clark 5000000', 'SEEN Clark 4000000')
  for (let beats = 0; beats < 2 * DOUBT_BEATS; beats += 1) flood.beat()
  t.same(linesFor(flood, 'Jaquez'), [])
  t.same(linesFor(flood, 'Johnson'), ['SEEN Clark 5000000'], 'and neighbours down the tree keep us as parent')
  receiveLines(flood, 'Juzang', 'SEEN Clark 6000000')
  for (let beats = 0; beats < DOUBT_BEATS; beats += 1) flood.beat()
  t.same(linesFor(flood, 'Johnson'), ['GRAFT Clark 1000000'], 'but it is for later ones')
})

import t from 'tap'
import { clockNotes } from '../../src/cli/clock-verdict.js'
import { standing, upLink } from '../fixtures/status.js'

t.test('clocks that differ by more than a second are named once, whoever has measured it', async (t) => {
  const elm = standing('Elm', {
    links: [
      upLink('Oak', { clockOffsetMs: 3_240 }),
      upLink('Ash', { clockOffsetMs: -61_000 }),
      upLink('Fir', { clockOffsetMs: 1_000 }),
      upLink('Yew'),
      { neighbour: 'Bay', state: 'down' },
    ],
  })
  const oak = standing('Oak', { links: [upLink('Elm', { clockOffsetMs: -3_240 })] })
  t.same(clockNotes([elm, oak]), ['clocks differ: Oak is 3.2 s ahead of Elm, Elm is 61.0 s ahead of Ash'])
  t.same(clockNotes([standing('Elm', { links: [upLink('Oak')] })]), [])
})

import t from 'tap'
import { DropCounter } from '../../src/log/drop-counter.js'

t.test('dropped entries are counted, and reported once before the next entry', async (t) => {
  let isFull = false
  const reported: number[] = []
  const drops = new DropCounter(
    () => isFull,
    (dropped) => reported.push(dropped),
  )
  t.equal(drops.admits(), true)
  isFull = true
  t.same([drops.admits(), drops.admits(), drops.admits()], [false, false, false])
  t.same(reported, [])
  isFull = false
  t.equal(drops.admits(), true)
  t.same(reported, [3])
  t.equal(drops.admits(), true)
  isFull = true
  drops.admits()
  isFull = false
  drops.admits()
  t.same(reported, [3, 1], 'the count starts again after each report')
})

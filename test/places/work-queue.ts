import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { MAX_WORK_MS, WorkQueue } from '../../src/places/work-queue.js'

void t.test('work takes at most a few milliseconds per turn, and goes round the owners', async (t) => {
  let nowMs = 0
  const queue = new WorkQueue(() => nowMs)
  const done: string[] = []
  const add = (owner: object, name: string): void => {
    queue.add(owner, () => {
      done.push(name)
      nowMs += 2
    })
  }
  const [crowd, other] = [{}, {}]
  for (let n = 1; n <= 4; n += 1) add(crowd, `crowd-${n}`)
  add(other, 'other-1')
  t.same(done, [], 'nothing is done at once')
  await nextTurn()
  t.same(done, ['crowd-1', 'other-1', 'crowd-2'], `three times 2 ms are no less than ${MAX_WORK_MS} ms`)
  await nextTurn()
  t.same(done.slice(3), ['crowd-3', 'crowd-4'])
  add(other, 'other-2')
  await nextTurn()
  t.same(done.slice(5), ['other-2'])
})

void t.test('the work of an owner that is gone is dropped', async (t) => {
  const queue = new WorkQueue()
  const gone = {}
  queue.add(gone, () => {
    t.fail('it is done')
  })
  queue.forget(gone)
  await nextTurn()
})

import t from 'tap'
import { RoundRobin } from '../../src/places/round-robin.js'

const [elm, oak, ash] = [{}, {}, {}]

/** A queue in which Elm has three items, Oak two, and Ash one. */
function filled(): RoundRobin<string> {
  const queue = new RoundRobin<string>()
  for (const item of ['elm-1', 'elm-2', 'elm-3']) queue.add(elm, item)
  for (const item of ['oak-1', 'oak-2']) queue.add(oak, item)
  queue.add(ash, 'ash-1')
  return queue
}

function allOf(queue: RoundRobin<string>): string[] {
  const items: string[] = []
  for (let item = queue.take(); item !== undefined; item = queue.take()) items.push(item)
  return items
}

void t.test('owners have their turns, whatever the number of their items', (t) => {
  const queue = filled()
  t.equal(queue.size, 6)
  t.same(allOf(queue), ['elm-1', 'oak-1', 'ash-1', 'elm-2', 'oak-2', 'elm-3'])
  t.equal(queue.size, 0)
  t.end()
})

void t.test('an owner who comes later waits for one item of each other', (t) => {
  const queue = filled()
  t.equal(queue.take(), 'elm-1')
  const fir = {}
  queue.add(fir, 'fir-1')
  t.same(allOf(queue), ['oak-1', 'ash-1', 'elm-2', 'fir-1', 'oak-2', 'elm-3'])
  t.end()
})

void t.test('the owner with the most items loses its newest', (t) => {
  const queue = filled()
  t.equal(queue.takeFromLongest(), 'elm-3')
  t.equal(queue.takeFromLongest(), 'elm-2')
  t.equal(queue.takeFromLongest(), 'oak-2')
  t.equal(queue.size, 3)
  const others = [queue.takeFromLongest(), queue.takeFromLongest(), queue.takeFromLongest()]
  t.same(others.sort(), ['ash-1', 'elm-1', 'oak-1'])
  t.equal(queue.takeFromLongest(), undefined)
  t.equal(queue.size, 0)
  t.end()
})

void t.test('items can be removed by a condition, and by their owner', (t) => {
  const queue = filled()
  t.same(
    queue.takeAll((item) => item.endsWith('1')),
    ['elm-1', 'oak-1', 'ash-1'],
  )
  t.equal(queue.size, 3)
  t.same(queue.takeAllOf(elm), ['elm-2', 'elm-3'])
  t.same(queue.takeAllOf(elm), [])
  t.equal(queue.size, 1)
  t.same(allOf(queue), ['oak-2'])
  t.end()
})

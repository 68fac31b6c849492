import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ClientQueue } from '../../src/memory/client-queue.js'
import { numbered } from '../fixtures/memory.js'

/** The same as an array of places; a deleted client keeps its place until the queue has passed it. */
class Model {
  #places: { client: number; isWanted: boolean }[] = []

  add(client: number): void {
    const place = this.#places.find((place) => place.client === client)
    if (place) place.isWanted = true
    else this.#places.push({ client, isWanted: true })
  }

  delete(client: number): boolean {
    const place = this.#places.find((place) => place.client === client && place.isWanted)
    if (place) place.isWanted = false
    return place !== undefined
  }

  has(client: number): boolean {
    return this.#places.some((place) => place.client === client && place.isWanted)
  }

  shift(): number | undefined {
    const first = this.#places.findIndex(({ isWanted }) => isWanted)
    const shifted = this.#places[first]?.client
    this.#places = first === -1 ? [] : this.#places.slice(first + 1)
    return shifted
  }

  get size(): number {
    return this.#places.filter(({ isWanted }) => isWanted).length
  }
}

const step = fc.record({
  what: fc.constantFrom('add', 'add', 'add', 'delete', 'shift'),
  // With so many clients the ring grows, also when it does not begin at its first element.
  client: fc.nat(300).map(numbered),
})

t.test('clients come out in the order in which they were added, each once', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 600, size: 'max' }), (steps) => {
    const [queue, model] = [new ClientQueue(), new Model()]
    for (const { what, client } of steps) {
      if (what === 'add') queue.add(client)
      if (what === 'add') model.add(client)
      if (what === 'delete') assert.equal(queue.delete(client), model.delete(client))
      if (what === 'shift') assert.equal(queue.shift(), model.shift())
      assert.equal(queue.has(client), model.has(client))
      assert.equal(queue.size, model.size)
    }
    while (model.size > 0) assert.equal(queue.shift(), model.shift())
    assert.equal(queue.shift(), undefined)
    assert.equal(queue.size, 0)
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test('a client that is added again while it waits keeps its place', async (t) => {
  const queue = new ClientQueue()
  for (const client of [1, 2, 1]) queue.add(numbered(client))
  t.same([queue.shift(), queue.shift(), queue.shift()], [1, 2, undefined])
})

t.test('a deleted client does not come out; added again, it has its old place', async (t) => {
  const queue = new ClientQueue()
  for (const client of [1, 2, 3]) queue.add(numbered(client))
  t.equal(queue.delete(numbered(1)), true)
  t.equal(queue.delete(numbered(2)), true)
  t.equal(queue.delete(numbered(2)), false, 'it is not in the queue any more')
  t.equal(queue.delete(numbered(9)), false, 'it never was')
  t.equal(queue.size, 1)
  queue.add(numbered(2))
  t.same([queue.shift(), queue.shift(), queue.shift()], [2, 3, undefined])
})

t.test('a client that has come out, or was passed over, is added at the end', async (t) => {
  const queue = new ClientQueue()
  for (const client of [1, 2, 3, 4]) queue.add(numbered(client))
  queue.delete(numbered(2))
  t.same([queue.shift(), queue.shift()], [1, 3])
  queue.add(numbered(2))
  queue.add(numbered(1))
  t.same([queue.shift(), queue.shift(), queue.shift()], [4, 2, 1])
})

t.test('the order survives growth, wherever in the ring the queue begins', async (t) => {
  for (const passed of [0, 1, 40, 63]) {
    const queue = new ClientQueue()
    for (let client = 0; client < passed; client += 1) queue.add(numbered(client))
    for (let client = 0; client < passed; client += 1) queue.shift()
    const clients = Array.from({ length: 1_000 }, (_, client) => numbered(client))
    for (const client of clients) queue.add(client)
    t.same(
      clients.map(() => queue.shift()),
      clients,
      `after ${passed}`,
    )
  }
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ClientQueue } from '../../src/memory/client-queue.js'

/** The same as an array, in which what was taken out is marked. */
class Model {
  #places: { client: number; isWanted: boolean }[] = []

  add(client: number): void {
    const place = this.#places.find((place) => place.client === client)
    if (place) place.isWanted = true
    else this.#places.push({ client, isWanted: true })
  }

  delete(client: number): void {
    for (const place of this.#places) if (place.client === client) place.isWanted = false
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
  // Of so many the ring has to grow, also when its first place is not its first.
  client: fc.nat(300),
})

t.test('clients come out in the order in which they were put in, each once', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 600, size: 'max' }), (steps) => {
    const [queue, model] = [new ClientQueue(), new Model()]
    for (const { what, client } of steps) {
      if (what === 'shift') assert.equal(queue.shift(), model.shift())
      else queue[what](client)
      if (what !== 'shift') model[what](client)
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

t.test('one that is put in again while it waits keeps its place', async (t) => {
  const queue = new ClientQueue()
  for (const client of [1, 2, 1]) queue.add(client)
  t.same([queue.shift(), queue.shift(), queue.shift()], [1, 2, undefined])
})

t.test('one that is taken out does not come, and put in again it has the place that it had', async (t) => {
  const queue = new ClientQueue()
  for (const client of [1, 2, 3]) queue.add(client)
  queue.delete(1)
  queue.delete(2)
  t.equal(queue.size, 1)
  queue.add(2)
  t.same([queue.shift(), queue.shift(), queue.shift()], [2, 3, undefined])
})

t.test('one that has come, or has been passed over, is put in at the end', async (t) => {
  const queue = new ClientQueue()
  for (const client of [1, 2, 3, 4]) queue.add(client)
  queue.delete(2)
  t.same([queue.shift(), queue.shift()], [1, 3])
  queue.add(2)
  queue.add(1)
  t.same([queue.shift(), queue.shift(), queue.shift()], [4, 2, 1])
})

t.test('many wait in a ring that grows wherever it begins', async (t) => {
  for (const passed of [0, 1, 40, 63]) {
    const queue = new ClientQueue()
    for (let client = 0; client < passed; client += 1) queue.add(client)
    for (let client = 0; client < passed; client += 1) queue.shift()
    const clients = Array.from({ length: 1_000 }, (_, client) => client)
    for (const client of clients) queue.add(client)
    t.same(
      clients.map(() => queue.shift()),
      clients,
      `after ${passed}`,
    )
  }
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ClientSet } from '../../src/memory/client-set.js'

// Few enough to meet again, and some where a word of bits begins or ends, or far beyond all others.
const client = fc.oneof(fc.nat(100), fc.constantFrom(31, 32, 63, 64, 127, 128, 5_000))

const step = fc.record({ what: fc.constantFrom('add', 'add', 'delete', 'drain', 'take'), client })

t.test('it is a set', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const [set, model] = [new ClientSet(), new Set<number>()]
    for (const { what, client } of steps) {
      if (what === 'add') assert.equal(set.add(client), !model.has(client))
      if (what === 'delete') assert.equal(set.delete(client), model.has(client))
      if (what === 'add') model.add(client)
      if (what === 'delete') model.delete(client)
      if (what === 'drain') assert.deepEqual(drained(set), sorted(model))
      if (what === 'drain') model.clear()
      if (what === 'take') take(set, client, model)
      assert.equal(set.size, model.size)
      assert.equal(set.has(client), model.has(client))
    }
    assert.deepEqual(drained(set), sorted(model))
    assert.equal(set.size, 0)
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test('it does not know a client that is far beyond all that it has', async (t) => {
  const set = new ClientSet()
  set.add(1)
  t.equal(set.has(1_000_000), false)
  t.equal(set.delete(1_000_000), false)
})

/** Takes out so many, or a few more: those of the least numbers. */
function take(set: ClientSet, count: number, model: Set<number>): void {
  const clients = drained(set, count)
  assert.deepEqual(clients, sorted(model).slice(0, clients.length))
  assert.ok(clients.length >= Math.min(count, model.size) && clients.length < count + 32)
  for (const client of clients) model.delete(client)
}

function drained(set: ClientSet, count = Infinity): number[] {
  const clients: number[] = []
  set.drain(count, (client) => {
    clients.push(client)
  })
  return clients
}

function sorted(clients: Iterable<number>): number[] {
  return [...clients].sort((a, b) => a - b)
}

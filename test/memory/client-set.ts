import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ClientSet } from '../../src/memory/client-set.js'
import { numbered } from '../fixtures/memory.js'

// Few enough to come twice; and some where a word of bits begins or ends, or far beyond all others.
const client = fc.oneof(fc.nat(100), fc.constantFrom(31, 32, 63, 64, 127, 128, 5_000)).map(numbered)

const step = fc.record({ what: fc.constantFrom('add', 'add', 'delete', 'drain', 'take'), client })

t.test('it behaves like a Set; drain takes out the clients in the order of their numbers', async (t) => {
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

t.test('a client far beyond all others is not in it', async (t) => {
  const set = new ClientSet()
  set.add(numbered(1))
  t.equal(set.has(numbered(1_000_000)), false)
  t.equal(set.delete(numbered(1_000_000)), false)
})

/** Drains so many clients, or a few more: those with the lowest numbers. */
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

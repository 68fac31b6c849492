import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ClientGroups } from '../../src/memory/client-groups.js'

t.test('each group holds the clients that were added to it, the newest first', async (t) => {
  const property = fc.property(fc.array(fc.nat(3), { maxLength: 200 }), (chosen) => {
    const groups = new ClientGroups(4)
    const expected: number[][] = [[], [], [], []]
    for (const [client, group] of chosen.entries()) {
      groups.add(group, client)
      expected[group]?.unshift(client)
    }
    for (const [group, clients] of expected.entries()) {
      const given: number[] = []
      groups.each(group, (client) => given.push(client))
      assert.deepEqual(given, clients)
      assert.equal(groups.sizeOf(group), clients.length)
    }
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ClientGroups } from '../../src/memory/client-groups.js'
import { numbered } from '../fixtures/memory.js'

const GROUPS = 4

// More clients are added than deleted, so that a group has several blocks of 16, and some of them become free.
const step = fc.record({
  what: fc.constantFrom('add', 'add', 'delete'),
  group: fc.nat(GROUPS - 1),
  pick: fc.nat(1_000),
})

t.test(
  'a group holds the clients added to it, the newest first; the newest takes a deleted one’s place',
  async (t) => {
    const property = fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const groups = new ClientGroups(GROUPS)
      const expected: number[][] = Array.from({ length: GROUPS }, () => [])
      for (const [client, { what, group, pick }] of steps.entries()) {
        const clients = expected[group] ?? []
        if (what === 'add') {
          groups.add(group, numbered(client))
          clients.unshift(client)
        } else if (clients.length > 0) {
          const at = pick % clients.length
          groups.delete(group, numbered(clients[at] ?? NaN))
          clients[at] = clients[0] ?? NaN
          clients.shift()
        }
      }
      for (const [group, clients] of expected.entries()) {
        assert.deepEqual(clientsOf(groups, group), clients)
        assert.equal(groups.sizeOf(group), clients.length)
      }
    })
    t.doesNotThrow(() => {
      fc.assert(property)
    })
  },
)

t.test('the last client of a full, of a single and of a new block can be deleted', async (t) => {
  for (const count of [1, 2, 15, 16, 30, 31]) {
    const groups = new ClientGroups(1)
    for (let client = 0; client < count; client += 1) groups.add(0, numbered(client))
    for (let client = 0; client < count; client += 1) groups.delete(0, numbered(client))
    t.same(clientsOf(groups, 0), [], `${count} clients`)
    groups.add(0, numbered(7))
    t.same(clientsOf(groups, 0), [7])
  }
})

t.test('the blocks of an emptied group serve the others', async (t) => {
  const groups = new ClientGroups(3)
  for (let client = 0; client < 40; client += 1) groups.add(0, numbered(client))
  for (let client = 0; client < 40; client += 1) groups.delete(0, numbered(client))
  const [odd, even] = [[] as number[], [] as number[]]
  for (let client = 0; client < 80; client += 1) {
    groups.add(1 + (client % 2), numbered(client))
    ;(client % 2 === 0 ? odd : even).unshift(client)
  }
  t.same([clientsOf(groups, 1), clientsOf(groups, 2)], [odd, even])
  t.same(
    [0, 1, 2].map((group) => groups.sizeOf(group)),
    [0, 40, 40],
  )
})

function clientsOf(groups: ClientGroups, group: number): number[] {
  const clients: number[] = []
  groups.each(group, (client) => clients.push(client))
  return clients
}

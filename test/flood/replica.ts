import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Branch } from '../../src/flood/branch.js'
import { Memory } from '../../src/memory/memory.js'
import { NO_CLIENT } from '../../src/memory/numbers.js'
import { KEYS } from '../fixtures/memory.js'
import { lineIn } from '../fixtures/reports.js'
import {
  at,
  contentOf,
  emptyReplica,
  lineOf,
  linesFrom,
  mergeAll,
  mergeLine,
  numberOf,
  plainNeighbour,
  twoReplicas,
} from '../fixtures/replica.js'

t.test('a report is merged if it is newer than the one held of its client', async (t) => {
  const replica = emptyReplica()
  t.same(mergeAll(replica, at('kiwi', 2), at('kiwi', 2), at('kiwi', 1), at('kiwi', 3)), [
    true,
    false,
    false,
    true,
  ])
  t.equal(lineOf(replica, 'kiwi'), at('kiwi', 3))
  t.equal(replica.table.size, 1)
})

t.test('a report is compared with the one in its own table, whatever other tables hold', async (t) => {
  const { replica, other } = twoReplicas()
  mergeAll(other, at('kiwi', 5))
  t.same(
    mergeAll(replica, at('kiwi', 2), at('kiwi', 2), at('kiwi', 1)),
    [true, false, false],
    'older than the latest',
  )
  t.same(mergeAll(replica, at('kiwi', 4), at('kiwi', 3)), [true, false])
  t.same(mergeAll(replica, at('kiwi', 5), at('kiwi', 5)), [true, false], 'as new as the latest')
  t.equal(replica.table.get(numberOf(replica, 'kiwi')), other.table.get(numberOf(other, 'kiwi')))
  t.same(mergeAll(replica, at('kiwi', 6), at('kiwi', 5)), [true, false], 'newer than the latest')
  t.equal(lineOf(other, 'kiwi'), at('kiwi', 5))
})

t.test('a neighbour that sends the report that is held is not sent it', async (t) => {
  const memory = new Memory(KEYS)
  const replica = emptyReplica('Clark', memory)
  mergeAll(replica, at('kiwi', 2))
  const sender = plainNeighbour(replica, memory)
  mergeLine(replica, at('kiwi', 1), { sender })
  t.equal(sender.pending, 1, 'unlike one that sends an older one')
  mergeLine(replica, at('kiwi', 2), { sender })
  t.equal(sender.pending, 0)
  mergeLine(replica, at('kiwi', 3), { sender })
  t.equal(sender.pending, 0, 'or that sends a newer one')
})

t.test('a neighbour whose link is down follows nothing', async (t) => {
  const memory = new Memory(KEYS)
  const replica = emptyReplica('Clark', memory)
  const neighbour = plainNeighbour(replica, memory)
  neighbour.close()
  mergeAll(replica, at('kiwi', 1))
  t.equal(neighbour.hasToSend, false)
})

t.test('a record of another table is news if it is newer', async (t) => {
  const { memory, replica, other } = twoReplicas()
  const third = emptyReplica('Fig', memory)
  mergeAll(third, at('kiwi', 9))
  mergeAll(other, at('kiwi', 2))
  const kiwi = numberOf(other, 'kiwi')
  const [record, latest] = [other.table.get(kiwi), third.table.get(kiwi)]
  t.equal(replica.isNews(kiwi, record), true, 'than none')
  mergeAll(replica, at('kiwi', 1))
  t.equal(replica.isNews(kiwi, record), true)
  mergeAll(replica, at('kiwi', 2))
  t.equal(replica.isNews(kiwi, record), false, 'but not if it is the same report')
  mergeAll(replica, at('kiwi', 3))
  t.equal(replica.isNews(kiwi, record), false)
  t.equal(replica.isNews(kiwi, latest), true)
  mergeAll(replica, at('kiwi', 9))
  t.equal(replica.isNews(kiwi, latest), false)
})

t.test('a client that the table no longer has is not found', async (t) => {
  const { replica, other } = twoReplicas()
  t.equal(numberOf(replica, 'kiwi'), NO_CLIENT)
  mergeAll(other, at('kiwi', 1))
  t.equal(numberOf(replica, 'kiwi'), NO_CLIENT, 'nor one that only another table has')
  mergeAll(replica, at('kiwi', 2))
  const kiwi = numberOf(replica, 'kiwi')
  t.equal(replica.has(kiwi), true)
  t.equal(lineIn(replica.reportOf(kiwi)), at('kiwi', 2))
  replica.remove(kiwi)
  t.equal(replica.has(kiwi), false)
  t.equal(numberOf(replica, 'kiwi'), NO_CLIENT)
  t.equal(lineOf(other, 'kiwi'), at('kiwi', 1))
})

t.test('removing a client without a report does nothing', async (t) => {
  const { replica, other } = twoReplicas()
  mergeAll(other, at('kiwi', 1))
  mergeAll(replica, at('lime', 1))
  replica.follow({
    from: 'now',
    onRemoved: () => {
      t.fail('a follower is notified')
    },
  })
  replica.remove(numberOf(other, 'kiwi'))
  t.equal(replica.table.size, 1)
})

t.test('a report is own only if its server name is exactly this server’s', async (t) => {
  const names = ['Clark', 'Clarks', 'Clar', 'C', 'clark']
  for (const server of names) {
    const replica = emptyReplica(server)
    mergeAll(replica, ...names.map((name) => at(`of-${name}`, 1, name)))
    t.same(
      names.filter((name) => replica.isOwn(numberOf(replica, `of-${name}`))),
      [server],
    )
  }
})

t.test('the count of a report is kept and replaced with it', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1))
  const kiwi = numberOf(replica, 'kiwi')
  t.equal(replica.countOf(kiwi), undefined)
  mergeLine(replica, at('kiwi', 2), { count: 7 })
  mergeLine(replica, at('lime', 1), { count: 8 })
  t.equal(replica.countOf(kiwi), 7)
  mergeLine(replica, at('kiwi', 1), { count: 9 })
  t.equal(replica.countOf(kiwi), 7, 'a stale report changes nothing')
  mergeLine(replica, at('kiwi', 3))
  t.equal(replica.countOf(kiwi), undefined)
  const lime = numberOf(replica, 'lime')
  t.equal(replica.countOf(lime), 8)
  replica.remove(lime)
  t.equal(replica.countOf(lime), undefined)
})

t.test('a dropped replica frees its memory', async (t) => {
  const { memory, replica, other } = twoReplicas()
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  mergeAll(other, at('kiwi', 2))
  const follower = replica.follow({ from: 'all' })
  replica.drop()
  t.same([follower.size, follower.next()], [0, undefined])
  const next = emptyReplica('Elm', memory)
  t.same(contentOf(next).lines, [], 'another can use its table')
  mergeAll(next, at('plum', 1), at('kiwi', 1))
  t.equal(memory.clients, 2, 'and the numbers of its clients')
  t.same(contentOf(next).lines, [at('kiwi', 1), at('plum', 1)])
  t.same(contentOf(other).lines, [at('kiwi', 2)])
  t.same(linesFrom(other, other.follow({ from: 'all' })), [at('kiwi', 2)])
})

t.test('whatever is merged and removed, size and digest match what is left', async (t) => {
  const client = fc.constantFrom('kiwi', 'lime', 'plum')
  const step = fc.oneof(
    fc.record({ kind: fc.constant('merge' as const), client, second: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('remove' as const), client }),
    fc.record({ kind: fc.constant('hash' as const), count: fc.integer({ min: 1, max: 3 }) }),
  )
  const property = fc.property(fc.array(step), (steps) => {
    const { replica, other } = twoReplicas()
    mergeAll(other, at('lime', 3))
    for (const step of steps) {
      if (step.kind === 'merge') mergeAll(replica, at(step.client, step.second))
      else if (step.kind === 'hash') replica.table.hash(step.count)
      else if (numberOf(replica, step.client) !== NO_CLIENT) replica.remove(numberOf(replica, step.client))
    }
    const content = contentOf(replica)
    const scratch = emptyReplica()
    mergeAll(scratch, ...content.lines)
    assert.deepEqual(content, contentOf(scratch))
    assert.deepEqual([...replica.table.digests], [...scratch.table.digests])
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

for (const branch of [undefined, new Branch('Bernard')])
  t.test(
    `a neighbour ${branch ? 'with' : 'without'} trees is not sent the report of a client that was removed`,
    async (t) => {
      const { memory, replica } = twoReplicas()
      mergeAll(replica, at('kiwi', 1), at('lime', 1))
      const neighbour = plainNeighbour(replica, memory, branch)
      const kiwi = numberOf(replica, 'kiwi')
      neighbour.markKnown(kiwi)
      neighbour.addMissed(kiwi)
      replica.remove(kiwi)
      const sent: string[] = []
      neighbour.take(9, {
        report: (line) => void sent.push(lineIn(line)),
        sync: () => void t.fail(),
        tree: () => void t.fail(),
      })
      t.same(sent, [at('lime', 1)])
      t.equal(neighbour.hasToSend, false)
    },
  )

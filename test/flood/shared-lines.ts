import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Replica } from '../../src/flood/replica.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { NO_LINE } from '../../src/protocol/report.js'
import { report } from '../fixtures/reports.js'
import {
  at,
  contentOf,
  emptyReplica,
  FROM_A_CLIENT,
  lineOf,
  mergeAll,
  numberOf,
  twoReplicas,
} from '../fixtures/replica.js'

/** Tries to merge a line that comes in the midst of others. Returns whether it was merged. */
function mergeShared(replica: Replica, line: string, end = '\n', cut = 0): boolean {
  const before = 'AT Oak +0 fig +2+2 2\n'
  const bytes = toBytes(`${before}${line}${end}AT`)
  const found = replica.mergeShared(bytes, before.length, before.length + line.length + 1 - cut)
  if (found !== NO_LINE) assert.equal(found, before.length + line.length)
  return found !== NO_LINE
}

t.test('a line is merged if it is the newest of the next client in another table', async (t) => {
  const { replica, other } = twoReplicas()
  mergeAll(other, at('kiwi', 1), at('lime', 1), at('fig', 1))
  mergeAll(replica, at('kiwi', 1))
  t.ok(mergeShared(replica, at('lime', 1)))
  t.equal(lineOf(replica, 'lime'), at('lime', 1))
  const lime = numberOf(replica, 'lime')
  t.equal(replica.table.get(lime), other.table.get(lime), 'both have the same record')
  t.ok(mergeShared(replica, at('fig', 1)), 'the one after it')
  t.same(contentOf(replica), contentOf(other))
})

t.test('it replaces an older report', async (t) => {
  const { replica, other } = twoReplicas()
  mergeAll(other, at('kiwi', 1), at('lime', 2))
  mergeAll(replica, at('lime', 1), at('kiwi', 1))
  t.ok(mergeShared(replica, at('lime', 2)))
  t.equal(lineOf(replica, 'lime'), at('lime', 2))
  t.equal(replica.table.size, 2)
})

t.test('a line that the table has already changes nothing', async (t) => {
  const { replica, other } = twoReplicas()
  mergeAll(other, at('kiwi', 1), at('lime', 1))
  mergeAll(replica, at('lime', 1), at('kiwi', 1))
  const { end } = replica.log
  t.ok(mergeShared(replica, at('lime', 1)))
  t.equal(replica.log.end, end)
})

t.test('any other line is not merged', async (t) => {
  const { memory, replica, other } = twoReplicas()
  t.notOk(mergeShared(replica, at('kiwi', 1)), 'there are no clients')
  mergeAll(other, at('kiwi', 1), at('lime', 2), at('fig', 1))
  mergeAll(replica, at('kiwi', 1))
  for (const line of [at('lime', 1), at('lime', 22), at('lime', 3), at('fig', 1), at('kiwi', 1), ''])
    t.notOk(mergeShared(replica, line), line)
  t.notOk(mergeShared(replica, at('lime', 2), ' '), 'the line does not end there')
  t.notOk(mergeShared(replica, at('lime', 2), '\n', 1), 'the end of the line is beyond the bytes')
  other.remove(numberOf(other, 'lime'))
  t.equal(memory.clients, 3)
  t.notOk(mergeShared(replica, at('lime', 2)), 'the client was removed')
  mergeAll(replica, at('fig', 1))
  t.notOk(mergeShared(replica, at('lime', 2)), 'there is no next client')
  t.equal(replica.table.size, 2)
})

t.test('a table is the same whether lines are merged as shared first or not', async (t) => {
  const lines = fc.array(
    fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 3 })).map(([client, second]) => at(`c${client}`, second)),
    { maxLength: 40 },
  )
  const property = fc.property(lines, lines, (first, second) => {
    const { replica, other } = twoReplicas()
    const alone = emptyReplica()
    mergeAll(other, ...first)
    for (const line of second) {
      if (!mergeShared(replica, line)) replica.merge(report(line), FROM_A_CLIENT)
      mergeAll(alone, line)
    }
    assert.deepEqual(contentOf(replica), contentOf(alone))
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Table } from '../../src/flood/table.js'
import { report, reports } from '../fixtures/reports.js'

const KEY = [1, 2, 3, 4] as const

t.test('one report a client', async (t) => {
  const table = new Table(KEY, 4)
  const [old, newer] = [report('AT Clark +0.1 kiwi +1+1 1'), report('AT Clark +0.1 kiwi +2+2 2')]
  t.equal(table.get('kiwi'), undefined)
  table.set(old)
  table.set(newer)
  t.equal(table.get('kiwi'), newer)
  t.equal(table.size, 1)
  t.same([...table.reports()], [newer])
})

t.test(
  'tables that hold the same have the same digests, however they came to it, and others do not',
  async (t) => {
    const clients = ['kiwi', 'lime', 'fig', 'yuzu', 'sloe']
    const property = fc.property(reports(clients), reports(clients), (before, after) => {
      const [long, short] = [new Table(KEY, 4), new Table(KEY, 4)]
      for (const each of [...before, ...after]) long.set(each)
      for (const each of [...long.reports()].reverse()) short.set(each)
      assert.equal(long.digest, short.digest)
      assert.deepEqual(long.digests, short.digests)
      short.set(report('AT Clark +0.1 plum +1+1 1'))
      assert.notEqual(long.digest, short.digest)
      assert.equal(long.digests.filter((digest, index) => digest !== short.digests[index]).length, 1)
      // And what has been said of a digest stays true when more comes.
      for (const each of after) short.set(each)
      for (const each of before) short.set(each)
      assert.notEqual(short.digest, long.digest)
    })
    t.doesNotThrow(() => {
      fc.assert(property)
    })
  },
)

t.test('a bucket tells what is in it; together they hold all', async (t) => {
  const table = new Table(KEY, 4)
  for (let client = 0; client < 100; client += 1) table.set(report(`AT Clark +0.1 c${client} +1+1 1`))
  const sizes = [0, 1, 2, 3].map((index) => table.bucket(index).size)
  t.equal(
    sizes.reduce((sum, size) => sum + size),
    100,
  )
  t.ok(
    sizes.every((size) => size > 10),
    `spread evenly: ${sizes.join()}`,
  )
  t.equal(table.bucket(4).size, 0, 'and one that there is not, nothing')
})

import assert from 'node:assert/strict'
import t from 'tap'
import { Memory } from '../../src/memory/memory.js'
import { NO_CLIENT, NO_RECORD } from '../../src/memory/numbers.js'
import { find, firstOf, holding, KEYS, numbered } from '../fixtures/memory.js'
import { lineIn, report } from '../fixtures/reports.js'

const [KIWI, LIME] = [numbered(0), numbered(1)]
const NEWER = 'AT Clark +0.1 kiwi +2+2 2'
const OLDER = 'AT Clark +0.1 kiwi +0+0 0'

t.test('each table has a record of each client, or none', async (t) => {
  const memory = new Memory(KEYS)
  const [clark, oak] = [memory.addTable(), memory.addTable()]
  for (const client of ['kiwi', 'lime']) memory.add(report(firstOf(client)), 0)
  memory.put(oak, LIME, memory.latest(LIME))
  t.equal(memory.clients, 2)
  t.same([memory.recordIn(clark, KIWI), memory.recordIn(oak, KIWI)], [NO_RECORD, NO_RECORD])
  t.same([memory.recordIn(clark, LIME), memory.recordIn(oak, LIME)], [NO_RECORD, memory.latest(LIME)])
})

t.test('a table that is added later takes nothing from the others', async (t) => {
  const memory = new Memory(KEYS)
  const clark = memory.addTable()
  const records = Array.from({ length: 200 }, (_, number) => {
    const client = memory.add(report(firstOf(`c${number}`)), 0)
    if (number % 2 === 0) memory.put(clark, client, memory.latest(client))
    return memory.latest(client)
  })
  const oak = memory.addTable()
  for (const [number, record] of records.entries()) {
    const client = numbered(number)
    const expected = [record, number % 2 === 0 ? record : NO_RECORD, NO_RECORD]
    const row = [memory.latest(client), memory.recordIn(clark, client), memory.recordIn(oak, client)]
    assert.deepEqual(row, expected)
  }
  memory.put(oak, numbered(7), memory.latest(numbered(7)))
  t.equal(memory.recordIn(oak, numbered(7)), records[7])
  t.equal(memory.add(report(firstOf('kiwi')), 0), 200)
})

t.test('two tables share one record: it stays until the last of them gives it up', async (t) => {
  const memory = holding('kiwi')
  const tables = [memory.addTable(), memory.addTable()]
  const old = memory.latest(KIWI)
  for (const table of tables) memory.put(table, KIWI, old)
  t.same(
    tables.map((table) => memory.recordIn(table, KIWI)),
    [old, old],
  )
  const newer = memory.renew(KIWI, report(NEWER), 0)
  for (const table of tables) {
    t.not(memory.latest(memory.add(report(firstOf(`lim${table}`)), 0)), old)
    t.equal(lineIn(memory.records.line(old)), firstOf('kiwi'))
    memory.put(table, KIWI, newer)
  }
  t.equal(memory.latest(memory.add(report(firstOf('sloe')), 0)), old, 'then its memory is used again')
})

t.test('a table can hold an older record beside the latest', async (t) => {
  const memory = holding('kiwi')
  const table = memory.addTable()
  const latest = memory.latest(KIWI)
  const record = memory.store(report(OLDER), 0)
  memory.put(table, KIWI, record)
  t.equal(memory.latest(KIWI), latest)
  t.equal(lineIn(memory.records.fields(record)), OLDER)
  memory.put(table, KIWI, latest)
  t.equal(memory.store(report(OLDER), 0), record, 'its memory is used again')
})

t.test('putting the record that a table already has changes nothing', async (t) => {
  const memory = holding('kiwi')
  const table = memory.addTable()
  const latest = memory.latest(KIWI)
  for (let time = 0; time < 3; time += 1) memory.put(table, KIWI, latest)
  t.equal(memory.recordIn(table, KIWI), latest)
  memory.remove(table, KIWI)
  t.equal(find(memory, 'kiwi'), NO_CLIENT, 'it counted once')
})

t.test('a record that is removed from one table stays in the others', async (t) => {
  const memory = holding('kiwi', 'lime')
  const [clark, oak] = [memory.addTable(), memory.addTable()]
  for (const client of [KIWI, LIME])
    for (const table of [clark, oak]) memory.put(table, client, memory.latest(client))
  memory.remove(clark, KIWI)
  memory.remove(clark, KIWI)
  t.equal(memory.recordIn(clark, KIWI), NO_RECORD)
  t.equal(memory.recordIn(oak, KIWI), memory.latest(KIWI))
  t.equal(memory.recordIn(clark, LIME), memory.latest(LIME))
  t.equal(find(memory, 'kiwi'), KIWI, 'removing it twice counted once')
})

t.test('dropping a table frees the records and clients that no other table holds', async (t) => {
  const memory = holding('kiwi', 'lime', 'fig')
  const [clark, oak] = [memory.addTable(), memory.addTable()]
  const older = memory.store(report(OLDER), 0)
  memory.put(clark, KIWI, older)
  memory.put(oak, KIWI, memory.latest(KIWI))
  memory.put(clark, LIME, memory.latest(LIME))
  const freed = memory.latest(LIME)
  memory.dropTable(clark)
  t.same(
    ['kiwi', 'lime'].map((client) => find(memory, client)),
    [KIWI, NO_CLIENT],
  )
  t.equal(memory.recordIn(oak, KIWI), memory.latest(KIWI))
  t.equal(memory.add(report(firstOf('plum')), 0), LIME, 'its number is free')
  t.equal(memory.latest(LIME), freed, 'and its memory, freed last, is used first')
  t.equal(memory.store(report(OLDER), 0), older, 'and then that of the older record')
})

t.test(
  'dropping a table takes nothing from the others when there is no room for one more client',
  async (t) => {
    const memory = new Memory(KEYS)
    const [clark, oak] = [memory.addTable(), memory.addTable()]
    for (let number = 0; number < 64; number += 1) {
      const client = memory.add(report(firstOf(`c${number}`)), 0)
      for (const table of [clark, oak]) memory.put(table, client, memory.latest(client))
    }
    memory.dropTable(clark)
    memory.remove(oak, numbered(0))
    const [first, second] = ['d0', 'd1'].map((id) => memory.latest(memory.add(report(firstOf(id)), 0)))
    t.not(first, second)
  },
)

t.test('the number of a dropped table goes to the next one, which is empty', async (t) => {
  const memory = holding('kiwi', 'lime')
  const [clark, oak] = [memory.addTable(), memory.addTable()]
  for (const client of [KIWI, LIME])
    for (const table of [clark, oak]) memory.put(table, client, memory.latest(client))
  memory.dropTable(clark)
  const elm = memory.addTable()
  t.equal(elm, clark)
  t.same([memory.recordIn(elm, KIWI), memory.recordIn(elm, LIME)], [NO_RECORD, NO_RECORD])
  t.same([memory.recordIn(oak, KIWI), memory.recordIn(oak, LIME)], [memory.latest(KIWI), memory.latest(LIME)])
  t.not(memory.addTable(), clark, 'only once')
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Table } from '../../src/flood/table.js'
import { Memory, type MemoryKeys } from '../../src/memory/memory.js'
import { NO_CLIENT, NO_RECORD } from '../../src/memory/numbers.js'
import { compareReports } from '../../src/protocol/merge.js'
import type { Report } from '../../src/protocol/report.js'
import { find, firstOf, holding, KEYS, numbered } from '../fixtures/memory.js'
import { lineIn, report, reports } from '../fixtures/reports.js'

/** A table with its own memory, which stores each report that is newer than the one of its client. */
class OwnTable extends Table {
  readonly memory: Memory

  constructor(keys: MemoryKeys = KEYS, memory = new Memory(keys)) {
    super(memory, 4)
    this.memory = memory
  }

  set(report: Report): void {
    const { memory } = this
    const { bytes, client: start, position } = report
    const client = memory.find(bytes, start, position - 1)
    if (client === NO_CLIENT) {
      const added = memory.add(report, 0)
      this.put(added, memory.latest(added))
    } else if (compareReports(report, memory.records.fields(memory.latest(client))) > 0)
      this.put(client, memory.renew(client, report, 0))
  }

  *reports(): Generator<Report> {
    for (const client of this.clients()) yield this.memory.records.fields(this.get(client))
  }
}

t.test('a table has one report per client', async (t) => {
  const table = new OwnTable()
  t.equal(table.get(numbered(0)), NO_RECORD)
  table.set(report('AT Clark +0.1 kiwi +1+1 1'))
  table.set(report('AT Clark +0.1 kiwi +2+2 2'))
  t.equal(table.get(numbered(0)), table.memory.latest(numbered(0)))
  t.equal(table.size, 1)
  t.same(Array.from(table.reports(), lineIn), ['AT Clark +0.1 kiwi +2+2 2'])
})

t.test('clients are listed by number, without those of other tables', async (t) => {
  const memory = holding(...Array.from({ length: 500 }, (_, client) => `c${client}`))
  const table = new Table(memory, 4)
  for (const client of [400, 3, 64]) table.put(numbered(client), memory.latest(numbered(client)))
  t.same([...table.clients()], [3, 64, 400])
  t.equal(table.size, 3)
  t.equal(table.get(numbered(4)), NO_RECORD)
  t.equal(table.get(numbered(400)), memory.latest(numbered(400)))
})

t.test('a sample is spread evenly over the clients that have a record', async (t) => {
  const ids = Array.from({ length: 3_000 }, (_, client) => `c${client}`)
  const memory = holding(...ids)
  const table = new Table(memory, 4)
  t.same(new Table(new Memory(KEYS), 4).sample(3, 0.5), [], 'there are none')
  t.same(table.sample(3, 0), [], 'none has a record')
  const put = (client: number): void => {
    table.put(numbered(client), memory.latest(numbered(client)))
  }
  ;[5, 1_500, 2_700].forEach(put)
  t.same(table.sample(3, 0), [5, 1_500, 2_700])
  t.same(table.sample(3, 0.9), [2_700, 1_500], 'the first third begins at 2700 and ends at 700')
  t.same(table.sample(1, 0.1), [], 'the search for a client ends after a thousand numbers')
  for (const client of ids.keys()) put(client)
  t.same(table.sample(4, 0.999), [2_997, 747, 1_497, 2_247])
  t.equal(new Set(table.sample(100, 0.3)).size, 100)
})

t.test(
  'tables have equal digests if and only if they hold the same reports, whatever their history',
  async (t) => {
    const clients = ['kiwi', 'lime', 'fig', 'yuzu', 'sloe']
    const property = fc.property(reports(clients), reports(clients), fc.nat(30), (before, after, asked) => {
      const [long, short] = [new OwnTable(), new OwnTable({ ...KEYS, index: [7, 8] })]
      for (const [index, each] of [...before, ...after].entries()) {
        if (index === asked) long.hash(2)
        long.set(each)
      }
      for (const each of [...long.reports()].reverse()) short.set(each)
      assert.equal(long.digest, short.digest)
      assert.deepEqual(long.digests, short.digests)
      short.set(report('AT Clark +0.1 plum +1+1 1'))
      assert.notEqual(long.digest, short.digest)
      assert.deepEqual(differing(long, short), [short.bucketOf(numbered(short.size - 1))])
      // Tables that differ still differ after both have stored the same reports.
      for (const each of [...after, ...before]) short.set(each)
      assert.notEqual(short.digest, long.digest)
    })
    t.doesNotThrow(() => {
      fc.assert(property)
    })
  },
)

t.test('an empty table has the digest 0, and replaced reports leave nothing in it', async (t) => {
  const [table, other] = [new OwnTable(), new OwnTable()]
  t.equal(table.digest, '0000000000000000')
  for (let time = 1; time <= 10; time += 1) {
    table.set(report(`AT Clark +0.1 kiwi +1+1 ${time}`))
    if (time % 3 === 0) table.hash()
  }
  other.set(report('AT Clark +0.1 kiwi +1+1 10'))
  t.equal(table.digest, other.digest)
})

t.test('the same reports have a different digest with another key', async (t) => {
  const [table, other] = [new OwnTable(), new OwnTable({ ...KEYS, digest: [1, 2, 3, 5] })]
  for (const each of [table, other]) each.set(report('AT Clark +0.1 kiwi +1+1 1'))
  t.not(table.digest, other.digest)
})

t.test('a table releases the record that it replaces', async (t) => {
  const table = new OwnTable()
  table.set(report('AT Clark +0.1 kiwi +1+1 1'))
  const first = table.get(numbered(0))
  table.set(report('AT Clark +0.1 kiwi +1+1 2'))
  t.not(table.get(numbered(0)), first)
  table.set(report('AT Clark +0.1 lime +1+1 1'))
  t.equal(table.get(numbered(1)), first, 'its memory is used again')
})

t.test('clients are spread evenly over the buckets', async (t) => {
  const table = new OwnTable()
  for (let client = 0; client < 100; client += 1) table.set(report(`AT Clark +0.1 c${client} +1+1 1`))
  const sizes = [0, 0, 0, 0]
  for (const client of table.clients())
    sizes[table.bucketOf(client)] = (sizes[table.bucketOf(client)] ?? 0) + 1
  t.equal(sizes.length, table.bucketCount)
  t.ok(
    sizes.every((size) => size > 10),
    sizes.join(),
  )
})

t.test('a removed report leaves nothing in the digests, whether or not it was hashed', async (t) => {
  for (const isHashed of [true, false]) {
    const [table, other] = [new OwnTable(), new OwnTable()]
    for (const client of ['kiwi', 'lime', 'fig']) table.set(report(firstOf(client)))
    for (const client of ['kiwi', 'fig']) other.set(report(firstOf(client)))
    if (isHashed) table.hash()
    table.remove(find(table.memory, 'lime'))
    t.equal(table.unhashed, isHashed ? 0 : 2)
    t.equal(table.size, 2)
    t.same([...table.clients()], [0, 2])
    t.equal(table.digest, other.digest)
    t.same(table.digests, other.digests)
    t.equal(find(table.memory, 'lime'), NO_CLIENT, 'nothing else holds the client')
  }
})

t.test('a client that returns, or gets a recycled number, counts like any other', async (t) => {
  const [table, other] = [new OwnTable(), new OwnTable()]
  for (const client of ['kiwi', 'lime']) table.set(report(firstOf(client)))
  table.hash()
  table.remove(find(table.memory, 'kiwi'))
  for (const client of ['fig', 'kiwi']) table.set(report(firstOf(client)))
  t.equal(find(table.memory, 'fig'), 0)
  for (const client of ['kiwi', 'lime', 'fig']) other.set(report(firstOf(client)))
  t.equal(table.digest, other.digest)
  t.equal(table.size, 3)
})

const CLIENTS = ['kiwi', 'lime', 'fig', 'yuzu', 'sloe']
const step = fc.record({
  what: fc.constantFrom('set', 'set', 'remove', 'hash'),
  client: fc.constantFrom(...CLIENTS),
})

t.test('digests match what a table holds, whatever was put, removed and hashed before', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const table = new OwnTable()
    for (const [time, { what, client }] of steps.entries()) {
      if (what === 'set') table.set(report(`AT Clark +0.1 ${client} +1+1 ${time}`))
      const number = find(table.memory, client)
      if (what === 'remove' && number !== NO_CLIENT) table.remove(number)
      if (what === 'hash') table.hash(1)
    }
    const other = new OwnTable()
    for (const each of table.reports()) other.set(each)
    assert.equal(table.size, other.size)
    assert.equal(table.digest, other.digest)
    assert.deepEqual(table.digests, other.digests)
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test('a dropped table releases its records, and the other table keeps its own', async (t) => {
  const memory = holding('kiwi', 'lime')
  const [table, other] = [new Table(memory, 4), new Table(memory, 4)]
  for (const client of [0, 1]) table.put(numbered(client), memory.latest(numbered(client)))
  other.put(numbered(1), memory.latest(numbered(1)))
  const { digest } = other
  table.drop()
  t.same([find(memory, 'kiwi'), find(memory, 'lime')], [NO_CLIENT, 1])
  t.same([other.size, other.digest], [1, digest])
  const next = new Table(memory, 4)
  t.same([next.size, next.digest, [...next.clients()]], [0, '0000000000000000', []])
})

/** The buckets whose digests differ. */
function differing(one: Table, other: Table): number[] {
  const [ours, theirs] = [one.digests, other.digests]
  return [0, 1, 2, 3].filter(
    (bucket) => ours[2 * bucket] !== theirs[2 * bucket] || ours[2 * bucket + 1] !== theirs[2 * bucket + 1],
  )
}

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Memory, UNKNOWN, type MemoryKeys } from '../../src/memory/memory.js'
import { Table } from '../../src/flood/table.js'
import type { Report } from '../../src/protocol/report.js'
import { KEYS } from '../fixtures/memory.js'
import { lineIn, report, reports } from '../fixtures/reports.js'

/** A table with an archive of its own, that takes any report whose client has none that is newer. */
class OwnTable extends Table {
  readonly archive: Memory

  constructor(keys: MemoryKeys = KEYS, archive = new Memory(keys)) {
    super(archive, 4)
    this.archive = archive
  }

  set(report: Report): void {
    const { archive } = this
    const { bytes, client: start, position } = report
    const client = archive.find(bytes, start, position - 1)
    if (client === UNKNOWN) {
      const added = archive.enrol(report)
      this.put(added, archive.newest(added))
    } else if (archive.compare(report, archive.newest(client)) > 0)
      this.put(client, archive.renew(client, report))
  }

  *reports(): Generator<Report> {
    for (const client of this.clients()) yield this.archive.report(this.get(client))
  }
}

t.test('one report a client', async (t) => {
  const table = new OwnTable()
  t.equal(table.get(0), UNKNOWN)
  table.set(report('AT Clark +0.1 kiwi +1+1 1'))
  table.set(report('AT Clark +0.1 kiwi +2+2 2'))
  t.equal(table.get(0), table.archive.newest(0))
  t.equal(table.size, 1)
  t.same(Array.from(table.reports(), lineIn), ['AT Clark +0.1 kiwi +2+2 2'])
})

t.test('clients may come in any order, and those that others have heard of are not among them', async (t) => {
  const archive = new Memory(KEYS)
  const table = new Table(archive, 4)
  for (let client = 0; client < 500; client += 1) archive.enrol(report(`AT Clark +0.1 c${client} +1+1 1`))
  for (const client of [400, 3, 64]) table.put(client, archive.newest(client))
  t.same([...table.clients()], [3, 64, 400])
  t.equal(table.size, 3)
  t.equal(table.get(4), UNKNOWN)
  t.equal(table.get(400), archive.newest(400))
})

t.test(
  'tables that hold the same have the same digests, however they came to it, and others do not',
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
      assert.deepEqual(differing(long, short), [short.bucketOf(short.size - 1)])
      // And what has been said of a digest stays true when more comes.
      for (const each of [...after, ...before]) short.set(each)
      assert.notEqual(short.digest, long.digest)
    })
    t.doesNotThrow(() => {
      fc.assert(property)
    })
  },
)

t.test(
  'a table that holds nothing has the digest 0, and what is replaced leaves nothing behind',
  async (t) => {
    const [table, other] = [new OwnTable(), new OwnTable()]
    t.equal(table.digest, '0000000000000000')
    for (let time = 1; time <= 10; time += 1) {
      table.set(report(`AT Clark +0.1 kiwi +1+1 ${time}`))
      if (time % 3 === 0) table.hash()
    }
    other.set(report('AT Clark +0.1 kiwi +1+1 10'))
    t.equal(table.digest, other.digest)
  },
)

t.test('with another key the same reports have another digest', async (t) => {
  const [table, other] = [new OwnTable(), new OwnTable({ ...KEYS, digest: [1, 2, 3, 5] })]
  for (const each of [table, other]) each.set(report('AT Clark +0.1 kiwi +1+1 1'))
  t.not(table.digest, other.digest)
})

t.test('a table lets go of what it replaces', async (t) => {
  const table = new OwnTable()
  table.set(report('AT Clark +0.1 kiwi +1+1 1'))
  const first = table.get(0)
  table.set(report('AT Clark +0.1 kiwi +1+1 2'))
  t.not(table.get(0), first)
  table.set(report('AT Clark +0.1 lime +1+1 1'))
  t.equal(table.get(1), first, 'so that its memory is used anew')
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

/** The buckets whose digests differ. */
function differing(one: Table, other: Table): number[] {
  const [ours, theirs] = [one.digests, other.digests]
  return [0, 1, 2, 3].filter(
    (bucket) => ours[2 * bucket] !== theirs[2 * bucket] || ours[2 * bucket + 1] !== theirs[2 * bucket + 1],
  )
}

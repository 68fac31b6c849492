import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Arena } from '../../src/memory/arena.js'
import type { RecordNumber } from '../../src/memory/numbers.js'
import { Records, type RecordFields, type RecordKind } from '../../src/memory/records.js'
import { hash, siphash } from '../../src/memory/siphash.js'
import { toBytes, toText } from '../../src/protocol/bytes.js'
import { MAX_REPORT_BYTES } from '../../src/protocol/report.js'
import { firstOf, KEYS } from '../fixtures/memory.js'
import { lineIn, report } from '../fixtures/reports.js'

function newRecords(): Records {
  return new Records(KEYS.digest, new Arena())
}

/** Stores a line, which comes in the midst of other bytes, in a record that somebody holds. */
function held(records: Records, line: string, kind: RecordKind = 0): RecordNumber {
  const { client, position, time } = report(line)
  const [bytes, start] = [toBytes(`LATE ${line}\nPING\n`), 'LATE '.length]
  const fields = { client: start + client, position: start + position, time: start + time }
  const record = records.store({ bytes, start, ...fields, end: start + line.length }, kind)
  records.hold(record)
  return record
}

function isOf(records: Records, record: RecordNumber, id: string): boolean {
  // Not at the start of its bytes, as an ID never is on the wire.
  const bytes = toBytes(`IAMAT ${id} +1+1 1`)
  return records.isOf(record, bytes, 'IAMAT '.length, 'IAMAT '.length + id.length)
}

/** Where the fields are in the line. */
function offsetsOf({ start, client, position, time, end }: RecordFields): number[] {
  return [client - start, position - start, time - start, end - start]
}

/** A report whose server name, client ID and position have so many bytes. */
function lineOf(name: number, id: number, position: number): string {
  return `AT ${'S'.repeat(name)} +0.1 ${'x'.repeat(id)} +1+1.${'0'.repeat(position - 5)} 1621464827.5`
}

t.test('a record keeps its line and its fields, whatever becomes of the bytes it came in', async (t) => {
  const records = newRecords()
  const original = report(firstOf('kiwi'))
  const record = records.store(original, 0)
  original.bytes.fill(0)
  t.equal(lineIn(records.line(record)), firstOf('kiwi'))
  const fields = records.fields(record)
  t.equal(lineIn(fields), firstOf('kiwi'))
  t.same(offsetsOf(fields), [14, 19, 24, 25])
  t.equal(toText(fields.bytes, fields.client, fields.position - 1), 'kiwi')
})

t.test('a record keeps its kind, in a narrow and in a wide record', async (t) => {
  const records = newRecords()
  const kinds: RecordKind[] = [0, 1, 2, 3]
  for (const line of [firstOf('kiwi'), lineOf(5, 2_000, 9)]) {
    const stored = kinds.map((kind) => held(records, line, kind))
    t.same(
      stored.map((record) => records.kind(record)),
      kinds,
    )
    for (const record of stored) {
      t.same(offsetsOf(records.fields(record)), offsetsOf(report(line)), 'the kind changes no field')
      t.ok(isOf(records, record, line.split(' ')[3] ?? ''))
      records.hold(record)
      records.hashLow(record)
      records.release(record)
    }
    t.same(
      stored.map((record) => records.kind(record)),
      kinds,
      'nor do its holders and its hash change the kind',
    )
  }
})

// The client ID begins after `AT `, the name, a space and the skew, so its offset is the length of the name plus 9.
const widths = [
  ['the client ID begins at byte', (width: number) => lineOf(width - 9, 4, 9)],
  ['the client ID has', (width: number) => lineOf(5, width, 9)],
  ['the position has', (width: number) => lineOf(5, 4, width)],
  ['all three have', (width: number) => lineOf(width - 9, width, width)],
] as const

for (const [what, lineWith] of widths)
  t.test(`a record is as good when ${what} 1,023 or more`, async (t) => {
    const records = newRecords()
    const stored: [line: string, record: RecordNumber][] = []
    for (const width of [1_021, 1_022, 1_023, 1_024, 1_025, 2_047, 2_048, 4_000]) {
      const line = lineWith(width)
      if (line.length <= MAX_REPORT_BYTES) stored.push([line, held(records, line)])
    }
    // Stored first and read then: none has overwritten another.
    for (const [line, record] of stored) {
      const id = line.split(' ')[3] ?? ''
      t.same(offsetsOf(records.fields(record)), offsetsOf(report(line)), `${line.length} bytes`)
      t.equal(lineIn(records.line(record)), line)
      t.ok(isOf(records, record, id))
      for (const other of [`${id}x`, id.slice(1), `${id.slice(1)}y`, `y${id.slice(1)}`])
        t.notOk(isOf(records, record, other))
    }
  })

t.test('the longest report fits, with the longest of each field', async (t) => {
  const records = newRecords()
  const spare = MAX_REPORT_BYTES - lineOf(1, 1, 9).length
  for (const line of [lineOf(1 + spare, 1, 9), lineOf(1, 1 + spare, 9), lineOf(1, 1, 9 + spare)]) {
    const record = held(records, line)
    t.equal(line.length, MAX_REPORT_BYTES)
    t.equal(lineIn(records.line(record)), line)
    t.same(offsetsOf(records.fields(record)), offsetsOf(report(line)))
    t.ok(isOf(records, record, line.split(' ')[3] ?? ''))
  }
})

// Mostly short, and often about as long as fits into a narrow record.
const length = fc.oneof(
  fc.integer({ min: 6, max: 40 }),
  fc.integer({ min: 1_005, max: 1_030 }),
  fc.integer({ min: 6, max: 3_000 }),
)

const written = fc.record({
  name: length,
  id: length,
  position: length,
  kind: fc.constantFrom<RecordKind>(0, 1, 2, 3),
  isReplaced: fc.boolean(),
})

t.test('any valid report comes back with the same fields, whatever else is stored and freed', async (t) => {
  const property = fc.property(fc.array(written, { maxLength: 40 }), (all) => {
    const records = newRecords()
    const stored: [line: string, record: RecordNumber, kind: RecordKind][] = []
    for (const { name, id, position, kind, isReplaced } of all) {
      if (isReplaced) for (const [, record] of stored.splice(0, 1)) records.release(record)
      const line = lineOf(name, id, position)
      stored.push([line, held(records, line, kind), kind])
    }
    for (const [line, record, kind] of stored) {
      const fields = records.fields(record)
      assert.equal(lineIn(fields), line)
      assert.deepEqual(offsetsOf(fields), offsetsOf(report(line)))
      assert.equal(records.kind(record), kind)
      assert.ok(isOf(records, record, line.split(' ')[3] ?? ''))
    }
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

const letter = fc.constantFrom('a', 'b', '\xe4', '\xff')
const shortId = fc.string({ unit: letter, minLength: 1, maxLength: 4 })

t.test('a record is of the client with exactly its ID: no prefix, no other of that length', async (t) => {
  const property = fc.property(
    shortId,
    shortId,
    fc.constantFrom('', 'x'.repeat(1_030)),
    (id, other, head) => {
      const records = newRecords()
      const record = held(records, firstOf(`${head}${id}`))
      assert.ok(isOf(records, record, `${head}${id}`))
      assert.equal(isOf(records, record, `${head}${other}`), id === other)
      assert.ok(!isOf(records, record, ''))
    },
  )
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test('a record has the hash of its line, also where another record was before', async (t) => {
  const records = newRecords()
  const hashes = (record: RecordNumber): number[] => [records.hashHigh(record), records.hashLow(record)]
  const expected = (line: string): number[] => {
    const bytes = toBytes(line)
    siphash(KEYS.digest, bytes, 0, bytes.length)
    return [hash.high, hash.low]
  }
  for (const line of [firstOf('kiwi'), firstOf('lime'), lineOf(5, 2_000, 9)]) {
    const record = held(records, line)
    t.equal(records.hashLow(record), expected(line)[1], 'whichever word is asked for first')
    t.same(hashes(record), expected(line))
    t.same(hashes(record), expected(line), 'the hash is kept')
    t.equal(lineIn(records.line(record)), line, 'and is not written into the line')
    records.release(record)
  }
})

t.test('a record stays as long as anyone holds it; then its memory is used again', async (t) => {
  for (const [line, other] of [
    [firstOf('kiwi'), firstOf('lime')],
    [lineOf(5, 2_000, 9), lineOf(2_000, 5, 9)],
  ] as const) {
    const records = newRecords()
    const record = held(records, line)
    records.hold(record)
    records.release(record)
    t.not(held(records, other), record)
    t.equal(lineIn(records.line(record)), line)
    records.release(record)
    t.equal(held(records, other), record)
    t.equal(lineIn(records.line(record)), other)
  }
})

t.test('a record can have many holders', async (t) => {
  const records = newRecords()
  const record = held(records, firstOf('kiwi'))
  for (let holders = 1; holders < 100_000; holders += 1) records.hold(record)
  t.equal(lineIn(records.line(record)), firstOf('kiwi'))
  for (let holders = 1; holders < 100_000; holders += 1) records.release(record)
  t.not(records.store(report(firstOf('lime')), 0), record)
  records.release(record)
  t.equal(records.store(report(firstOf('lime')), 0), record)
})

t.test('a wide record gives back all of its memory, whatever its length', async (t) => {
  // Among so many lengths are some for which the two more words need a block of the next size.
  for (let id = 1_040; id < 1_340; id += 4) {
    const records = newRecords()
    const record = held(records, lineOf(5, id, 9))
    records.release(record)
    assert.equal(held(records, lineOf(5, id, 9)), record)
  }
  t.pass()
})

t.test('a record leaves the records before and after it as they are, whatever its length', async (t) => {
  for (let id = 1; id < 100; id += 1) {
    const records = newRecords()
    const line = firstOf('x'.repeat(id))
    const [before, between, after] = [held(records, line), held(records, line), held(records, line)]
    records.release(between)
    assert.equal(held(records, line), between)
    for (const record of [before, after]) {
      assert.equal(lineIn(records.line(record)), line)
      assert.deepEqual(offsetsOf(records.fields(record)), offsetsOf(report(line)))
    }
  }
  t.pass()
})

t.test('touching a record changes nothing', async (t) => {
  const records = newRecords()
  for (const line of [firstOf('k'), firstOf('kiwi'), lineOf(5, 2_000, 9)]) {
    const record = held(records, line)
    records.touch(record)
    t.equal(lineIn(records.line(record)), line)
    t.same(offsetsOf(records.fields(record)), offsetsOf(report(line)))
  }
})

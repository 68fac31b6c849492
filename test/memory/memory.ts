import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Memory, UNKNOWN } from '../../src/memory/memory.js'
import { halfSiphash } from '../../src/memory/half-siphash.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { LineReader } from '../../src/protocol/lines.js'
import { MAX_REPORT_BYTES } from '../../src/protocol/report.js'
import { find, firstOf, holding, KEYS } from '../fixtures/memory.js'
import { lineIn, report } from '../fixtures/reports.js'

t.test('clients are numbered in the order in which they come, and found by their IDs', async (t) => {
  const archive = new Memory(KEYS)
  const clients = ['kiwi', 'lime', 'fig', 'kiwi2', 'k', '\xe4pfel']
  t.same(
    clients.map((client) => archive.enrol(report(firstOf(client)))),
    [0, 1, 2, 3, 4, 5],
  )
  t.same(
    clients.map((client) => find(archive, client)),
    [0, 1, 2, 3, 4, 5],
  )
  for (const client of ['kiw', 'plum', 'Clark', '+1+1', '\xc4pfel'])
    t.equal(find(archive, client), UNKNOWN, client)
})

t.test('clients whose IDs have the same hash are told apart', async (t) => {
  const hashes = new Map<number, string>()
  // Of so many, two have the same: there are 2^32.
  for (let n = 0; ; n += 1) {
    const client = `client-${n}`
    const hashed = halfSiphash(KEYS.index, toBytes(client), 0, client.length)
    const other = hashes.get(hashed)
    hashes.set(hashed, client)
    if (other === undefined) continue
    const archive = holding(other)
    t.equal(find(archive, client), UNKNOWN, `${client} is not ${other}`)
    t.equal(archive.enrol(report(firstOf(client))), 1)
    t.same([find(archive, other), find(archive, client)], [0, 1])
    return
  }
})

t.test('a client is found wherever its ID is in memory', async (t) => {
  const archive = holding('kiwi', 'lime')
  const { bytes, client, position } = report('AT A-server-of-another-name -12.5 lime +2+2 2')
  t.equal(archive.find(bytes, client, position - 1), 1)
})

t.test('clients are found whether or not they were foreseen', async (t) => {
  const archive = holding('kiwi', 'lime')
  const reader = new LineReader()
  reader.push(toBytes('IAMAT lime +1+1 1\nWHATSAT plum 1 1\nAT Clark +0 kiwi +1+1 1\nPING\n\nfoo bar\n'))
  archive.foresee(reader.lookAhead(9, Infinity))
  t.same(
    ['kiwi', 'lime', 'plum'].map((client) => find(archive, client)),
    [0, 1, UNKNOWN],
  )
  t.equal(archive.enrol(report(firstOf('plum'))), 2)
  archive.foresee(reader.lookAhead(9, Infinity))
  t.equal(lineIn(archive.report(archive.newest(2))), firstOf('plum'))
})

t.test('a report is kept, whatever becomes of the memory that it came in', async (t) => {
  const archive = new Memory(KEYS)
  const came = report(firstOf('kiwi'))
  archive.enrol(came)
  came.bytes.fill(0)
  t.equal(lineIn(archive.report(archive.newest(0))), firstOf('kiwi'))
  t.equal(find(archive, 'kiwi'), 0)
})

t.test('a report is found again with its fields, or only as a line', async (t) => {
  const archive = holding('kiwi')
  t.equal(lineIn(archive.line(archive.newest(0))), firstOf('kiwi'))
  const { bytes, start, client, position, time, end } = archive.report(archive.newest(0))
  t.same(
    [start, client, position, time, end].map((at) => at - start),
    [0, 14, 19, 24, 25],
  )
  t.equal(bytes.toString('latin1', client, position - 1), 'kiwi')
})

t.test('the longest report fits', async (t) => {
  const archive = new Memory(KEYS)
  const client = 'x'.repeat(MAX_REPORT_BYTES - firstOf('').length)
  archive.enrol(report(firstOf(client)))
  t.equal(lineIn(archive.report(archive.newest(0))), firstOf(client))
  t.equal(find(archive, client), 0)
  t.equal(find(archive, client.slice(1)), UNKNOWN)
})

t.test('a newer report takes the place of the newest, which is let go of', async (t) => {
  const archive = holding('kiwi')
  const [old, newer] = [archive.newest(0), 'AT Clark +0.1 kiwi +2+2 2']
  const record = archive.renew(0, report(newer))
  t.equal(archive.newest(0), record)
  t.not(record, old)
  t.equal(lineIn(archive.report(record)), newer)
  t.equal(find(archive, 'kiwi'), 0)
  archive.enrol(report(firstOf('lime')))
  t.equal(archive.newest(1), old, 'its memory is used anew')
})

t.test('each table has a record of each client, or none', async (t) => {
  const archive = new Memory(KEYS)
  const [clark, oak] = [archive.addTable(), archive.addTable()]
  archive.enrol(report(firstOf('kiwi')))
  archive.enrol(report(firstOf('lime')))
  archive.put(oak, 1, archive.newest(1))
  t.equal(archive.clients, 2)
  t.same([archive.recordIn(clark, 0), archive.recordIn(oak, 0)], [UNKNOWN, UNKNOWN])
  t.same([archive.recordIn(clark, 1), archive.recordIn(oak, 1)], [UNKNOWN, archive.newest(1)])
})

t.test('a table that is added later takes nothing from the others', async (t) => {
  const archive = new Memory(KEYS)
  const clark = archive.addTable()
  const records = Array.from({ length: 200 }, (_, client) => {
    archive.enrol(report(firstOf(`c${client}`)))
    if (client % 2 === 0) archive.put(clark, client, archive.newest(client))
    return archive.newest(client)
  })
  const oak = archive.addTable()
  for (const [client, record] of records.entries()) {
    const expected = [record, client % 2 === 0 ? record : UNKNOWN, UNKNOWN]
    const rows = [archive.newest(client), archive.recordIn(clark, client), archive.recordIn(oak, client)]
    assert.deepEqual(rows, expected)
  }
  archive.put(oak, 7, archive.newest(7))
  t.equal(archive.recordIn(oak, 7), records[7])
  t.equal(archive.enrol(report(firstOf('kiwi'))), 200)
})

t.test('as long as a table has a record, it stays', async (t) => {
  const archive = new Memory(KEYS)
  const tables = [archive.addTable(), archive.addTable()]
  archive.enrol(report(firstOf('kiwi')))
  const old = archive.newest(0)
  for (const table of tables) archive.put(table, 0, old)
  const newest = archive.renew(0, report('AT Clark +0.1 kiwi +2+2 2'))
  for (const table of tables) {
    t.not(archive.newest(archive.enrol(report(firstOf(`lim${table}`)))), old)
    t.equal(lineIn(archive.report(old)), firstOf('kiwi'))
    archive.put(table, 0, newest)
  }
  t.equal(archive.newest(archive.enrol(report(firstOf('sloe')))), old, 'until none does')
})

t.test('an older report is kept for the table that has it, beside the newest', async (t) => {
  const archive = new Memory(KEYS)
  const table = archive.addTable()
  archive.enrol(report(firstOf('kiwi')))
  const newest = archive.newest(0)
  const older = 'AT Clark +0.1 kiwi +0+0 0'
  const record = archive.keepOlder(report(older))
  archive.put(table, 0, record)
  t.equal(archive.newest(0), newest)
  t.equal(lineIn(archive.report(record)), older)
  archive.put(table, 0, newest)
  t.equal(archive.keepOlder(report(older)), record, 'its memory is used anew')
})

t.test('a report is compared with a record', async (t) => {
  const archive = holding('kiwi')
  const compare = (line: string): number => Math.sign(archive.compare(report(line), archive.newest(0)))
  t.equal(compare(firstOf('kiwi')), 0)
  const newer = ['AT Clark +0.1 kiwi +1+1 2', 'AT Clark +0.1 kiwi +2+2 1', 'AT Oak +0.1 kiwi +1+1 1']
  const older = ['AT Oak +0.1 kiwi +2+2 0', 'AT Oak +0.1 kiwi +0+0 1', 'AT Clark +0 kiwi +1+1 1']
  t.same(newer.map(compare), [1, 1, 1])
  t.same(older.map(compare), [-1, -1, -1])
})

t.test('all are found however many come, and before and after there is more room for them', async (t) => {
  const archive = new Memory(KEYS)
  const missed: number[] = []
  for (let client = 0; client < 5_000; client += 1) {
    const known = Math.floor(client / 2)
    if (find(archive, `c${client}`) !== UNKNOWN) missed.push(client)
    archive.enrol(report(firstOf(`c${client}`)))
    if (find(archive, `c${client}`) !== client || find(archive, `c${known}`) !== known) missed.push(client)
    if (client % 3 === 0) archive.renew(client, report(`AT Clark +10.25 c${client} +20+20 2`))
  }
  t.same(missed, [])
  const lost = Array.from({ length: 5_000 }, (_, client) => client).filter(
    (client) => find(archive, `c${client}`) !== client,
  )
  t.same(lost, [])
  t.equal(lineIn(archive.report(archive.newest(3_000))), 'AT Clark +10.25 c3000 +20+20 2')
  t.equal(lineIn(archive.report(archive.newest(3_001))), firstOf('c3001'))
})

t.test('IDs are told apart also by a key with which they have one hash', async (t) => {
  const rows = [
    ['kiwi', 'lime', [875_429_248, 1]],
    ['kiwi', 'kiwi2', [1_887_883_007, 1]],
    ['kiwi2', 'kiwi', [1_887_883_007, 1]],
  ] as const
  for (const [known, other, index] of rows) {
    t.equal(
      halfSiphash(index, toBytes(known), 0, known.length),
      halfSiphash(index, toBytes(other), 0, other.length),
    )
    const archive = new Memory({ ...KEYS, index })
    archive.enrol(report(firstOf(known)))
    t.equal(find(archive, other), UNKNOWN, `${other} is not ${known}`)
    t.equal(archive.enrol(report(firstOf(other))), 1)
    t.same([find(archive, known), find(archive, other)], [0, 1])
  }
})

/** How many slots there are at first. */
const SLOTS = 64

t.test('who is looked for from the last slot on may be in the first', async (t) => {
  const slotOf = (client: string): number =>
    Math.floor((halfSiphash(KEYS.index, toBytes(client), 0, client.length) / 2 ** 32) * SLOTS)
  const last = Array.from({ length: 10_000 }, (_, number) => `c${number}`)
    .filter((client) => slotOf(client) === SLOTS - 1)
    .slice(0, 5)
  const archive = holding(...last.slice(0, 4))
  t.same(
    last.map((client) => find(archive, client)),
    [0, 1, 2, 3, UNKNOWN],
  )
})

const step = fc.record({
  what: fc.constantFrom('newer', 'newer', 'older', 'newest', 'add a table'),
  client: fc.nat(5),
  pick: fc.nat(4),
  // So that some have blocks of one size, and some have not.
  padding: fc.nat(3),
})

t.test('whatever comes and is replaced, what a table has stays what it was', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
    const archive = new Memory(KEYS)
    const newest: string[] = []
    /** By table, the lines by client. */
    const tables = new Map([[archive.addTable(), new Map<number, string>()]])
    for (const [time, { what, client, pick, padding }] of steps.entries()) {
      const lineAt = (at: number): string => `AT ${'S'.repeat(1 + 9 * padding)} +0.1 c${client} +1+1 ${at}`
      const known = find(archive, `c${client}`)
      const number = known === UNKNOWN ? archive.enrol(report(lineAt(time + 1))) : known
      if (known !== UNKNOWN && what === 'newer') archive.renew(number, report(lineAt(time + 1)))
      if (known === UNKNOWN || what === 'newer') newest[number] = lineAt(time + 1)
      if (what === 'add a table') tables.set(archive.addTable(), new Map())
      if (what === 'older' || what === 'newest') {
        const table = 1 + (pick % tables.size)
        const isOlder = what === 'older'
        archive.put(table, number, isOlder ? archive.keepOlder(report(lineAt(0))) : archive.newest(number))
        tables.get(table)?.set(number, isOlder ? lineAt(0) : (newest[number] ?? ''))
      }
      assert.deepEqual(linesIn(archive, 0), new Map(newest.entries()))
      for (const [table, lines] of tables) assert.deepEqual(linesIn(archive, table), lines)
    }
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

/** What a table has, by client; 0 is that of the newest. */
function linesIn(archive: Memory, table: number): Map<number, string> {
  const lines = new Map<number, string>()
  for (let client = 0; client < archive.clients; client += 1) {
    const record = archive.recordIn(table, client)
    if (record !== UNKNOWN) lines.set(client, lineIn(archive.report(record)))
  }
  return lines
}

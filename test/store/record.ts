import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { toText } from '../../src/protocol/bytes.js'
import type { Report } from '../../src/protocol/report.js'
import { fromRecord, toRecord } from '../../src/store/record.js'
import { reportText } from '../fixtures/readable.js'
import { report } from '../fixtures/reports.js'
import { clientId, position, time } from '../fixtures/text.js'

const anyReport = fc
  .tuple(clientId(), position(), time())
  .map((fields) => report(`AT Clark -0.5 ${fields.join(' ')}`))

/** The same report between other bytes, as in an archive. */
function inTheMidst({ bytes, start, client, position, time, end }: Report): Report {
  const shift = 5 - start
  return {
    bytes: Buffer.from(`AT Oa${toText(bytes, start, end)}\nAT Oak`, 'latin1'),
    start: start + shift,
    client: client + shift,
    position: position + shift,
    time: time + shift,
    end: end + shift,
  }
}

t.test('a report is read back byte for byte, under the ID of its client', async () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const { key, value } = toRecord(inTheMidst(report))
      const read = fromRecord(value)
      assert.deepEqual(read && reportText(read), reportText(report))
      assert.equal(toText(key), reportText(report).client)
    }),
  )
})

t.test('a record and what is read of it are copies', async (t) => {
  const line = 'AT Clark -0.5 kiwi +34.06-118.44 1'
  const original = report(line)
  const { key, value } = toRecord(original)
  original.bytes.fill(0)
  const read = fromRecord(value)
  t.equal(toText(key), 'kiwi')
  value.fill(0)
  t.equal(read && reportText(read).line, line)
})

t.test('a record is valid until the next one is made', async (t) => {
  const [long, short] = [report('AT Clark -0.5 kiwifruit +1+1 1'), report('AT Clark -0.5 fig +1+1 1')]
  toRecord(long)
  for (const each of [short, long, short]) {
    const { key, value } = toRecord(each)
    const read = fromRecord(value)
    t.same([toText(key), read && reportText(read).line], [reportText(each).client, reportText(each).line])
  }
})

t.test('a record that is truncated or has a flipped bit is rejected', async () => {
  fc.assert(
    fc.property(anyReport, fc.nat(), (report, n) => {
      const { value } = toRecord(report)
      const at = n % value.length
      assert.equal(fromRecord(value.subarray(0, at)), undefined)
      value[at] = (value[at] ?? 0) ^ (1 << (n % 8))
      assert.equal(fromRecord(value), undefined)
    }),
  )
})

t.test('a line that is not a report is rejected even with a correct checksum', async (t) => {
  for (const text of ['', 'AT', 'IAMAT kiwi +34.06-118.44 1']) {
    const record = Buffer.from(`----${text}`)
    record.writeUInt32LE(crc32(text))
    t.equal(fromRecord(record), undefined, text)
  }
})

import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { fromRecord, toRecord } from '../../src/store/record.js'
import { report } from '../fixtures/reports.js'
import { clientId, position, time } from '../fixtures/text.js'

const anyReport = fc
  .tuple(clientId(), position(), time())
  .map((fields) => report(`AT Clark -0.5 ${fields.join(' ')}`))

t.test('a report comes back whole, byte by byte', async () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      t.same(fromRecord(toRecord(report)), report)
    }),
  )
})

t.test('a record with a bit flipped, or cut short, is no report', async () => {
  fc.assert(
    fc.property(anyReport, fc.nat(), (report, n) => {
      const record = toRecord(report)
      const at = n % record.length
      t.equal(fromRecord(record.subarray(0, at)), undefined)
      record[at] = (record[at] ?? 0) ^ (1 << (n % 8))
      t.equal(fromRecord(record), undefined)
    }),
  )
})

t.test('what is no report is none with a right checksum either', async (t) => {
  for (const text of ['', 'AT', 'IAMAT kiwi +34.06-118.44 1']) {
    const record = Buffer.from(`----${text}`)
    record.writeUInt32LE(crc32(text))
    t.equal(fromRecord(record), undefined, text)
  }
})

import t from 'tap'
import { ByteWriter, toText } from '../../src/protocol/bytes.js'
import { MAX_LINE_BYTES } from '../../src/protocol/lines.js'
import {
  arrivedAt,
  isAhead,
  MAX_REPORT_BYTES,
  originIn,
  reportHead,
  reportIn,
  writeReport,
  type Report,
} from '../../src/protocol/report.js'
import { instantOf } from '../../src/protocol/time.js'
import { read, reportText, sighting } from '../fixtures/readable.js'
import { report } from '../fixtures/reports.js'

const iamat = 'IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1621464827.959498503'
const line = 'AT Clark +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1621464827.959498503'
const fields = {
  client: 'kiwi.cs.ucla.edu',
  position: '+34.068930-118.445127',
  time: '1621464827.959498503',
}
const receivedAt = instantOf(1_621_464_828_223_371_889n)
const clark = reportHead('Clark')

t.test(
  'a report is an AT line that echoes the client’s own digits, and it is read back as itself',
  async (t) => {
    const report = writeReport(new ByteWriter(), clark, sighting(iamat), receivedAt)
    t.same(reportText(report), { ...fields, line })
    t.same(read(line), { kind: 'at', report: reportText(report) })
  },
)

t.test('the fields of a report are found in its line', async (t) => {
  const out = new ByteWriter()
  out.text('AT Oak ')
  const report = writeReport(out, clark, sighting(iamat), receivedAt)
  t.same(reportIn(out.bytes, report.start, report.end), report)
})

t.test('reports are written one after the other, without what ends a line', async (t) => {
  const out = new ByteWriter(0)
  const same = sighting(` IAMAT  kiwi.cs.ucla.edu\t${fields.position}  ${fields.time}\r`)
  for (const said of [sighting(iamat), same]) {
    const report = writeReport(out, clark, said, receivedAt)
    t.same(reportText(report), { ...fields, line })
    t.equal(report.bytes, out.bytes)
  }
  t.equal(toText(out.take()), line + line)
})

t.test('a report tells who heard it, and when by its own clock', async (t) => {
  const out = new ByteWriter()
  out.text('AT Oak +9 before +9+9 9')
  for (const said of [iamat, `IAMAT kiwi ${fields.position} 1621464928.5`]) {
    const report = writeReport(out, clark, sighting(said), receivedAt)
    t.equal(toText(report.bytes, originIn(report), originIn(report) + 6), 'Clark ')
    t.equal(arrivedAt(report), 1_621_464_828_223_371, 'to the microsecond, whatever the client’s clock shows')
  }
})

t.test('of a report whose time no clock shows it is not known when it was heard', async (t) => {
  const far = sighting(`IAMAT kiwi +1+1 ${'9'.repeat(40)}`)
  t.ok(Number.isNaN(arrivedAt(writeReport(new ByteWriter(), clark, far, receivedAt))))
})

t.test('the longest report there can be is short enough', async (t) => {
  const start = 'IAMAT k +1+1 '
  const longest = start + '9'.repeat(MAX_LINE_BYTES - start.length)
  const report = writeReport(new ByteWriter(), reportHead('C'.repeat(64)), sighting(longest), receivedAt)
  const written = reportText(report)
  t.ok(written.line.length > 2 * longest.length - 100, 'its skew is as long as its time')
  t.ok(written.line.length <= MAX_REPORT_BYTES)
  t.same(read(written.line), { kind: 'at', report: written })
})

t.test('a report is ahead of a clock by its own time', async (t) => {
  const clock = { seconds: 1_700_000_000, nanoseconds: 500 }
  const at = (time: string): Report => report(`AT Clark +0.1 kiwi +1+1 ${time}`)
  t.equal(isAhead(at('1700000000.0000005'), 0, clock), false)
  t.equal(isAhead(at('1700000000.000000501'), 0, clock), true)
  t.equal(isAhead(at('1700000060.000000501'), 60, clock), true)
  t.equal(isAhead(at('1700000060'), 60, clock), false)
  t.equal(isAhead(at('9'.repeat(30)), 60, clock), true)
})

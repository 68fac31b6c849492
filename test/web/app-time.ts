import fc from 'fast-check'
import t from 'tap'
import { toBytes } from '../../src/protocol/bytes.js'
import { parseTime } from '../../src/protocol/time.js'
import { parseAppTime } from '../../src/web/in/app-time.js'

const cases = [
  { title: 'seconds', text: '1621464827', time: '1621464827' },
  { title: 'seconds with a fraction', text: '1621464827.959498503', time: '1621464827.959498503' },
  { title: 'seconds after 19 January 2038', text: '2147483648', time: '2147483648' },
  { title: 'the first second', text: '0', time: '0' },
  { title: 'seconds as Java writes a double', text: '1.497476456E9', time: '1497476456' },
  { title: 'milliseconds', text: '1505643877787', time: '1505643877.787' },
  { title: 'milliseconds with a fraction', text: '1505643877787.25', time: '1505643877.78725' },
  { title: 'milliseconds as Java writes a double', text: '1.505643877787E12', time: '1505643877.787' },
  { title: 'whole milliseconds', text: '1609459200000', time: '1609459200.000' },
  { title: 'ISO 8601 in UTC', text: '2021-01-01T00:00:00Z', time: '1609459200' },
  { title: 'ISO 8601 in lower case', text: '2021-01-01t00:00:00z', time: '1609459200' },
  { title: 'milliseconds of ISO 8601', text: '2000-01-01T00:00:00.000Z', time: '946684800.000' },
  {
    title: 'more digits than milliseconds',
    text: '2026-08-02T01:02:03.1234567Z',
    time: '1785632523.1234567',
  },
  { title: 'a fraction after a comma', text: '2021-01-01T00:00:00,5Z', time: '1609459200.5' },
  { title: 'a zone without a colon', text: '2015-10-01T08:00:00-0700', time: '1443711600' },
  { title: 'a zone with a colon', text: '2021-01-01T05:45:00+05:45', time: '1609459200' },
  { title: 'a zone of hours', text: '2021-01-01T02:00:00+02', time: '1609459200' },
  {
    title: 'a zone whose plus sign became a space',
    text: '2021-01-01T02:00:00.120 02:00',
    time: '1609459200.120',
  },
  { title: 'a zone after a space', text: '2021-01-01 02:00:00 +0200', time: '1609459200' },
  { title: 'a date and time of Traccar', text: '2021-01-31 08:05:09', time: '1612080309' },
  { title: 'the same with milliseconds', text: '2016-01-15 21:41:18.000', time: '1452894078.000' },
  { title: 'a time without a zone', text: '2021-01-01T00:00:00', time: '1609459200' },
  { title: 'a time without seconds', text: '2021-01-01T00:01Z', time: '1609459260' },
  { title: '29 February', text: '2024-02-29T00:00:00Z', time: '1709164800' },
  { title: 'spaces at both ends', text: ' 1621464827 ', time: '1621464827' },
]

for (const { title, text, time } of cases)
  t.test(`${title} become POSIX seconds`, async (t) => {
    t.equal(parseAppTime(text), time)
    t.ok(parseTime(toBytes(time), 0, time.length), 'an IAMAT takes them')
  })

const refused = [
  '',
  'now',
  '-5',
  '1,5',
  '1621464827959498',
  '%TIMESTAMP',
  '2021-02-30T00:00:00Z',
  '2023-02-29 00:00:00',
  '2021-13-01T00:00:00Z',
  '2021-00-01T00:00:00Z',
  '2021-01-01T24:00:00Z',
  '2021-01-01T23:60:00Z',
  '2021-01-01T23:59:60Z',
  '2021-01-01T00:00:00+24:00',
  '2021-01-01T00:00:00 UTC',
  '2021-01-01',
  '08:05:09',
  '1969-12-31T23:59:59Z',
  '0099-01-01T00:00:00Z',
]

for (const text of refused)
  t.test(`${JSON.stringify(text)} is no time`, async (t) => {
    t.match(parseAppTime(text), { kind: 'fault', status: 400, why: `the time "${text}" is neither` })
  })

t.test('all notations of a time are the same time', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 100_000_000_000, max: 99_999_999_999_999 }), (milliseconds) => {
      const digits = String(milliseconds)
      const time = `${digits.slice(0, -3)}.${digits.slice(-3)}`
      const iso = new Date(milliseconds).toISOString()
      return [digits, time, iso, iso.replace('Z', ' 00:00'), iso.replace('T', ' ').slice(0, -1)].every(
        (text) => parseAppTime(text) === time,
      )
    }),
  )
})

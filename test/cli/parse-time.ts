import t from 'tap'
import { parseTime } from '../../src/cli/parse-time.js'

const now = BigInt(Date.parse('2026-10-05T20:32:03Z')) * 1_000_000n

function iso(time: bigint | undefined): string | undefined {
  return time === undefined ? undefined : new Date(Number(time / 1_000_000n)).toISOString()
}

t.test('a time is a duration before now, a date, a time or seconds since 1970', async (t) => {
  const cases: Record<string, string> = {
    '90s': '2026-10-05T20:30:33.000Z',
    '1h30m': '2026-10-05T19:02:03.000Z',
    '2d': '2026-10-03T20:32:03.000Z',
    '1w': '2026-09-28T20:32:03.000Z',
    '999999w': '1970-01-01T00:00:00.000Z',
    '2026-10-04': '2026-10-04T00:00:00.000Z',
    '2026-10-04Z': '2026-10-04T00:00:00.000Z',
    '2026-10-04+02:00': '2026-10-03T22:00:00.000Z',
    '2026-10-04T05:06': '2026-10-04T05:06:00.000Z',
    '2026-10-04t05:06:07z': '2026-10-04T05:06:07.000Z',
    '2026-10-04 05:06:07.25': '2026-10-04T05:06:07.250Z',
    '2026-10-04T05:06:07-0330': '2026-10-04T08:36:07.000Z',
    '2028-02-29T23:59:59,999Z': '2028-02-29T23:59:59.999Z',
    '05:06': '2026-10-05T05:06:00.000Z',
    '05:06:07.5': '2026-10-05T05:06:07.500Z',
    '1621464827.5': '2021-05-19T22:53:47.500Z',
  }
  for (const [text, time] of Object.entries(cases))
    t.equal(iso(parseTime(text, { now, utc: true })), time, text)
  t.equal(parseTime('2026-10-04T05:06:07.123456789Z', { now, utc: true })?.toString().slice(-9), '123456789')
})

t.test('anything else is not a time', async (t) => {
  const cases = [
    '',
    ' ',
    '10',
    'now',
    '2026-10',
    '2026-13-01',
    '2026-02-30',
    '2027-02-29',
    '2026-10-00',
    '24:00',
  ]
  const others = [
    '05:60',
    '05:06:60',
    '5:06',
    '2026-10-04T',
    'T05:06',
    'Z',
    '2026-10-04T05:06:07.',
    '1969-12-31',
  ]
  for (const text of [...cases, ...others, '0099-01-01', '-90s', '123456789012'])
    t.equal(parseTime(text, { now, utc: true }), undefined, JSON.stringify(text))
})

t.test('without a zone, a time is local unless UTC is asked for', async (t) => {
  const zone = process.env['TZ']
  t.teardown(() => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })
  process.env['TZ'] = 'America/Los_Angeles'
  const cases: Record<string, string> = {
    '2026-10-04': '2026-10-04T07:00:00.000Z',
    '2026-12-04 05:06': '2026-12-04T13:06:00.000Z',
    '2026-12-04 05:06Z': '2026-12-04T05:06:00.000Z',
    '05:06': '2026-10-05T12:06:00.000Z',
  }
  for (const [text, time] of Object.entries(cases))
    t.equal(iso(parseTime(text, { now, utc: false })), time, text)
  const lateInUtc = now + 6n * 3_600_000_000_000n
  t.equal(
    iso(parseTime('05:06', { now: lateInUtc, utc: false })),
    '2026-10-05T12:06:00.000Z',
    'of the local day',
  )
})

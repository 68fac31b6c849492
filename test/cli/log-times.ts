import t from 'tap'
import { LogTimes } from '../../src/cli/log-times.js'

t.test('times are split into date and time of day, in UTC or local', async (t) => {
  const zone = process.env['TZ']
  t.teardown(() => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })
  process.env['TZ'] = 'Europe/Berlin'
  const [utc, local] = [new LogTimes(true), new LogTimes(false)]
  // The last ones are before and after the hour in which summer time ends.
  const cases: [time: string, date: string, timeOfDay: string][] = [
    ['2026-07-01T21:59:59.999999Z', '2026-07-01', '23:59:59.999999'],
    ['2026-07-01T22:00:00.000001Z', '2026-07-02', '00:00:00.000001'],
    ['2026-12-31T23:30:00.123456Z', '2027-01-01', '00:30:00.123456'],
    ['2026-10-25T00:59:59.000000Z', '2026-10-25', '02:59:59.000000'],
    ['2026-10-25T01:00:00.000000Z', '2026-10-25', '02:00:00.000000'],
  ]
  for (const [time, date, timeOfDay] of cases) {
    t.same(local.split(time), { date, timeOfDay })
    t.same(utc.split(time), { date: time.slice(0, 10), timeOfDay: time.slice(11, -1) })
  }
})

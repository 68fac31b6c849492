import t from 'tap'
import { CallPace } from '../../src/places/call-pace.js'

const MINUTE_MS = 60_000

void t.test('without a limit, no call waits', (t) => {
  const pace = new CallPace(0, () => 5)
  for (let n = 0; n < 1_000; n += 1) pace.spend()
  t.equal(pace.waitMs, 0)
  t.end()
})

for (const perMinute of [1, 5, 6, 7, 600])
  void t.test(`${perMinute} calls per minute: a sixth at once, and never more in any minute`, (t) => {
    let nowMs = 0
    const pace = new CallPace(perMinute, () => nowMs)
    const calls: number[] = []
    while (nowMs < 5 * MINUTE_MS) {
      while (pace.waitMs === 0) {
        pace.spend()
        calls.push(nowMs)
      }
      nowMs += Math.max(1, Math.ceil(pace.waitMs))
    }
    t.equal(calls.filter((ms) => ms === 0).length, Math.ceil(perMinute / 6))
    const most = Math.max(
      ...calls.map((from) => calls.filter((ms) => ms >= from && ms < from + MINUTE_MS).length),
    )
    t.ok(most <= perMinute, `${most} in a minute`)
    t.ok(calls.length >= 4 * perMinute, `${calls.length} in five minutes`)
    t.end()
  })

void t.test('a pause makes all calls wait, and a shorter one does not end it', (t) => {
  let nowMs = 7
  const pace = new CallPace(60, () => nowMs)
  pace.pause(500, 'answered 429 (too many requests)')
  pace.pause(100, 'answered 500 (internal server error)')
  t.equal(pace.waitMs, 500)
  t.equal(pace.why, 'was not asked, because it answered 429 (too many requests)')
  nowMs = 507
  t.equal(pace.waitMs, 0)
  for (let n = 0; n < 10; n += 1) pace.spend()
  t.ok(pace.waitMs > 0)
  t.equal(pace.why, 'was not asked: more than 60 look-ups in a minute')
  t.end()
})

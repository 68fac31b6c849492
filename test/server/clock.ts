import t from 'tap'
import { systemClock } from '../../src/server/clock.js'

t.test('the clock shows the time of day', async (t) => {
  const clock = systemClock()
  const before = BigInt(Date.now()) * 1_000_000n
  const now = clock()
  const after = BigInt(Date.now() + 1) * 1_000_000n
  t.ok(before <= now && now <= after, `${before} ${now} ${after}`)
})

t.test('the clock advances in nanoseconds and follows a system clock that is set', async (t) => {
  const at = { milliseconds: 1_000, nanoseconds: 77n }
  const clock = systemClock(
    () => at.milliseconds,
    () => at.nanoseconds,
  )
  t.equal(clock(), 1_000_000_000n)
  at.nanoseconds += 123n
  t.equal(clock(), 1_000_000_123n, 'within a millisecond')
  at.milliseconds += 5
  at.nanoseconds += 5_000_000n
  t.equal(clock(), 1_005_000_123n, 'between two readings')
  at.milliseconds -= 500
  t.equal(clock(), 505_000_000n, 'set back')
  at.milliseconds += 1_000
  t.equal(clock(), 1_505_000_000n, 'set forward')
})

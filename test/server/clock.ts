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
  t.equal(clock(), 505_999_999n, 'set back')
  at.milliseconds += 1_000
  t.equal(clock(), 1_505_000_000n, 'set forward')
})

t.test('the clock steps back only if the system clock does', async (t) => {
  const at = { milliseconds: 1_000, nanoseconds: 0n }
  const clock = systemClock(
    () => at.milliseconds,
    () => at.nanoseconds,
  )
  let last = clock()
  const isLater = (what: string): void => {
    const now = clock()
    t.ok(now >= last, `${what}: ${now} after ${last}`)
    last = now
  }
  for (let round = 0; round < 10; round += 1) {
    for (let step = 0; step < 20; step += 1) {
      at.nanoseconds += 700_000n
      isLater('while it stands still')
    }
    at.milliseconds += 14
    isLater('when it moves on')
  }
  // It is slowed down by 10 %, as a system does that corrects it gradually.
  for (let step = 1; step <= 100; step += 1) {
    at.nanoseconds += 1_100_000n
    at.milliseconds += 1
    isLater('while it is slowed down')
  }
})

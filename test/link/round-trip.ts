import t from 'tap'
import { RoundTrip } from '../../src/link/round-trip.js'

t.test('nothing is waited for while nothing is measured', async (t) => {
  t.equal(new RoundTrip().waitMs, 0)
})

t.test('the wait is the mean and four deviations, as RFC 6298 reckons them', async (t) => {
  const trip = new RoundTrip()
  trip.sample(100)
  t.equal(trip.waitMs, 300)
  trip.sample(100)
  t.equal(trip.waitMs, 250)
  trip.sample(180)
  t.equal(trip.waitMs, 110 + 4 * (37.5 * 0.75 + 80 / 4))
})

t.test('a steady link is waited for hardly longer than it takes', async (t) => {
  const trip = new RoundTrip()
  for (let count = 0; count < 50; count += 1) trip.sample(300)
  t.ok(trip.waitMs >= 300 && trip.waitMs < 301)
})

t.test('what cannot be a round trip does not count', async (t) => {
  const trip = new RoundTrip()
  trip.sample(100)
  for (const ms of [-1, 60_001, NaN, Infinity]) trip.sample(ms)
  t.equal(trip.waitMs, 300)
})

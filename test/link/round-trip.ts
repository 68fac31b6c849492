import t from 'tap'
import { RoundTrip } from '../../src/link/round-trip.js'

t.test('the wait is 0 before the first measurement', async (t) => {
  t.equal(new RoundTrip().waitMs, 0)
})

t.test('the wait is the mean plus four deviations, as in RFC 6298', async (t) => {
  const trip = new RoundTrip()
  trip.sample(100)
  t.equal(trip.waitMs, 300)
  trip.sample(100)
  t.equal(trip.waitMs, 250)
  trip.sample(180)
  t.equal(trip.waitMs, 110 + 4 * (37.5 * 0.75 + 80 / 4))
})

t.test('the wait for a steady link is little longer than its round trip', async (t) => {
  const trip = new RoundTrip()
  for (let count = 0; count < 50; count += 1) trip.sample(300)
  t.ok(trip.waitMs >= 300 && trip.waitMs < 301)
})

t.test('a guess is used until there is a sample, and is at most 4 s', async (t) => {
  const trip = new RoundTrip()
  trip.guess(5_000)
  t.equal(trip.waitMs, 4_000 + 4 * 2_000)
  trip.sample(0)
  t.equal(trip.waitMs, 0)
})

t.test('the longest plausible round trip is a minute', async (t) => {
  const trip = new RoundTrip()
  trip.sample(60_000)
  t.equal(trip.waitMs, 180_000)
})

t.test('an implausible round trip is ignored', async (t) => {
  const trip = new RoundTrip()
  trip.sample(100)
  for (const ms of [-1, 60_001, NaN, Infinity]) trip.sample(ms)
  t.equal(trip.waitMs, 300)
})

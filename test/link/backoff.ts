import t from 'tap'
import { backoffMs, MAX_BACKOFF_MS } from '../../src/link/backoff.js'

t.test('the wait doubles from 0.1 s to 5 s', async (t) => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 60].map((failures) => backoffMs(failures, 1))
  t.same(waits, [100, 200, 400, 800, 1_600, 3_200, MAX_BACKOFF_MS, MAX_BACKOFF_MS])
})

t.test('randomness spreads the wait over its upper half', async (t) => {
  t.equal(backoffMs(0, 0), 50)
  t.equal(backoffMs(0, 0.5), 75)
  t.equal(backoffMs(9, 0), 2_500)
})

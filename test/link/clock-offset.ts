import t from 'tap'
import { ClockOffset } from '../../src/link/clock-offset.js'

t.test('a clock offset is unknown before the first sample', async (t) => {
  t.equal(new ClockOffset().ms, undefined)
})

t.test('a clock offset assumes that both directions take half of the round trip', async (t) => {
  const offset = new ClockOffset()
  // Their clock is 3 s ahead, and the answer took 20 ms.
  offset.sample(40, 8_000_000, 5_020_000)
  t.equal(offset.ms, 3_000)
})

t.test('of the last 8 samples, the one with the shortest round trip counts', async (t) => {
  const offset = new ClockOffset()
  offset.sample(10, 1_000_000, 1_005_000)
  offset.sample(400, 2_000_000, 2_390_000)
  t.equal(offset.ms, 0, 'a delay of one direction does not')
  for (let count = 0; count < 6; count += 1) offset.sample(100, 9_000_000, 4_050_000)
  t.equal(offset.ms, 0)
  offset.sample(100, 9_000_000, 4_050_000)
  t.equal(offset.ms, 5_000, 'a step of the clock is known after 8 heartbeats')
})

t.test('an answer that came before its question is ignored', async (t) => {
  const offset = new ClockOffset()
  offset.sample(-1, 5, 5)
  t.equal(offset.ms, undefined)
})

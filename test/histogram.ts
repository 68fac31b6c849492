import t from 'tap'
import { Histogram } from '../src/histogram.js'

t.test('a value falls into the first range whose upper end it does not exceed', async (t) => {
  const histogram = new Histogram([1, 10])
  for (const value of [0, 1, 1.5, 10, 10.5, 1e9]) histogram.add(value)
  t.same(histogram.counts, [2, 2, 2])
  t.equal(histogram.count, 6)
  t.equal(histogram.sum, 0 + 1 + 1.5 + 10 + 10.5 + 1e9)
})

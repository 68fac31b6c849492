import t from 'tap'
import { report } from '../fixtures/reports.js'
import { AheadCount, COUNT_AGAIN_MS } from '../../src/server/ahead-count.js'

t.test('clients ahead are counted when somebody asks, at most once a minute', async (t) => {
  let [now, counts] = [0, 0]
  const ahead = new AheadCount(
    (query, take) => {
      counts += 1
      t.equal(query.from, 0)
      for (let found = 0; found < 2 * counts; found += 1)
        t.ok(take({ report: report('AT Clark +0.1 kiwi +1+1 11'), aheadSeconds: '1.000000000' }))
      return Promise.resolve()
    },
    () => now,
  )
  t.equal(counts, 0)
  t.equal(ahead.read(), undefined)
  await Promise.resolve()
  t.equal(ahead.read(), 2)
  now = COUNT_AGAIN_MS - 1
  ahead.read()
  t.equal(counts, 1)
  now = COUNT_AGAIN_MS
  t.equal(ahead.read(), 2, 'the last count is shown until the next is done')
  await Promise.resolve()
  t.equal(ahead.read(), 4)
})

import t from 'tap'
import { AheadCount, COUNT_AGAIN_MS } from '../../src/server/ahead-count.js'

t.test('clients ahead are counted when somebody asks, at most once a minute', async (t) => {
  let [now, counts] = [0, 0]
  const ahead = new AheadCount(
    () => {
      counts += 1
      return Promise.resolve({ found: Array.from({ length: 2 * counts }), next: undefined })
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

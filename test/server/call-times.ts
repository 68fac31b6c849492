import t from 'tap'
import { CallTimes } from '../../src/server/call-times.js'

t.test('the times of calls are kept by service and result', async (t) => {
  const times = new CallTimes()
  times.add({ provider: 'osm', tookMs: 300, outcome: 'ok' })
  times.add({ provider: 'osm', tookMs: 200, outcome: 'ok' })
  times.add({ provider: 'osm', tookMs: 5_000, outcome: 'gave no answer within 5 s' })
  t.same(
    times.all.map(({ provider, result, histogram: { count, sum } }) => ({ provider, result, count, sum })),
    [
      { provider: 'osm', result: 'ok', count: 2, sum: 0.5 },
      { provider: 'osm', result: 'failed', count: 1, sum: 5 },
    ],
  )
})

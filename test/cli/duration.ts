import t from 'tap'
import { parseDuration } from '../../src/cli/duration.js'

t.test('a duration has units from milliseconds to weeks', async (t) => {
  const cases: Record<string, number> = {
    '0s': 0,
    '250ms': 250,
    '90s': 90_000,
    '10m': 600_000,
    '2h': 7_200_000,
    '2d': 172_800_000,
    '1w': 604_800_000,
    '1h30m': 5_400_000,
    '1w2d3h4m5s6ms': 788_645_006,
    '30m1h': 5_400_000,
    '1.5h': 5_400_000,
    '0.0004s': 0,
    '999999999d': 86_399_999_913_600_000,
  }
  for (const [text, milliseconds] of Object.entries(cases)) t.equal(parseDuration(text), milliseconds, text)
})

t.test('anything else is not a duration', async (t) => {
  const cases = ['', ' ', '5', 's', '-5s', '+5s', '5 s', '5s ', '5S', '5y', '.5s', '5.s', '1e3s', '0x1s']
  for (const text of [...cases, '5min', '5sm', '1000000000s', '٣s', '5s\n', '1h30'])
    t.equal(parseDuration(text), undefined, JSON.stringify(text))
})

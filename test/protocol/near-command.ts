import t from 'tap'
import { read } from '../fixtures/readable.js'

t.test('NEAR has a position, a radius and a number of items', async (t) => {
  const [latitude, longitude] = [34.06893, -118.445127]
  const cases: Record<string, { radiusM: number; items: number }> = {
    'NEAR +34.068930-118.445127 10 5': { radiusM: 10_000, items: 5 },
    'NEAR +34.068930-118.445127 0 0': { radiusM: 0, items: 0 },
    'NEAR +34.06893-118.445127 0.25 1000': { radiusM: 250, items: 1_000 },
    'NEAR +34.06893-118.445127 20016.0 007': { radiusM: 20_016_000, items: 7 },
  }
  for (const [line, asked] of Object.entries(cases))
    t.same(read(line), { kind: 'near', point: { latitude, longitude }, ...asked }, line)
})

t.test('a NEAR with anything else is malformed, and the reason says why', async (t) => {
  const cases: Record<string, RegExp> = {
    NEAR: /takes a position, a radius and a number of items, not 0 fields/,
    'NEAR +34-118 5 1 1': /not 4 fields/,
    'NEAR kiwi 5 1': /position "kiwi" is not/,
    'NEAR +0034-118 5 1': /position "\+0034-118" is not/,
    'NEAR +34-118 20016.1 1': /radius "20016.1" is outside 0 to 20016 km/,
    'NEAR +34-118 5 1001': /number of items "1001" is not a whole number from 0 to 1000/,
    'NEAR +34-118 5 1.0': /number of items "1.0" is not/,
  }
  for (const [line, why] of Object.entries(cases)) t.match(read(line), { kind: 'malformed', why }, line)
})

import t from 'tap'
import { read } from '../fixtures/readable.js'

t.test('WATCH has clients, or a position and a radius', async (t) => {
  const center = { latitude: 34.5, longitude: -118 }
  const cases: Record<string, object> = {
    'WATCH kiwi': { what: 'clients', ids: ['kiwi'] },
    '\tWATCH  kiwi \xff\tkiwi 5': { what: 'clients', ids: ['kiwi', '\xff', '5'] },
    'WATCH +34.5-118': { what: 'clients', ids: ['+34.5-118'] },
    'WATCH a b c d e f g h i j': { what: 'clients', ids: 'abcdefghij'.split('') },
    'WATCH +34.5-118 kiwi 5': { what: 'clients', ids: ['+34.5-118', 'kiwi', '5'] },
    'WATCH +34.5-118 0.25': { what: 'circle', center, radiusM: 250 },
    'WATCH +34.5-118 20016': { what: 'circle', center, radiusM: 20_016_000 },
  }
  for (const [line, asked] of Object.entries(cases)) t.same(read(line), { kind: 'watch', ...asked }, line)
})

t.test('a WATCH with anything else is malformed, and the reason says why', async (t) => {
  const many = Array.from({ length: 101 }, (_, n) => `c${n}`).join(' ')
  const cases: Record<string, RegExp> = {
    WATCH: /takes clients, or a position and a radius/,
    'WATCH +34-118 kiwi': /radius "kiwi" is outside 0 to 20016 km/,
    'WATCH +34-118 20016.1': /radius "20016.1" is outside/,
    [`WATCH ${many}`]: /at most 100 clients, not 101/,
  }
  for (const [line, why] of Object.entries(cases)) t.match(read(line), { kind: 'malformed', why }, line)
})

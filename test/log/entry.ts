import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type Entry, formatTime, isLogged, type LogLevel, formatEntry } from '../../src/log/entry.js'
import { parseEntry } from '../../src/log/parse-entry.js'
import { bytes } from '../fixtures/text.js'

const time = '2026-10-05T20:32:03.123456Z'
const server = 'Clark'
const who = '127.0.0.1:50112'

const entries: Entry[] = [
  { kind: 'in', peer: 'client', who, line: 'IAMAT kiwi +34.06-118.44 1621464827.9' },
  { kind: 'in', peer: 'neighbour', who: 'Bernard', line: 'AT Clark +0.2 kiwi +34.06-118.44 1621464827.9' },
  { kind: 'out', peer: 'client', who, line: 'AT Clark …\n{\n}' },
  { kind: 'refused', who, line: 'HELLO', why: 'no command is called "HELLO"' },
  { kind: 'client', what: 'connected', who },
  { kind: 'client', what: 'closed', who, why: 'the connection was reset' },
  { kind: 'client', what: 'refused', who, why: 'too many connections' },
  { kind: 'http', who, method: 'GET', path: '/healthz', status: 200 },
  { kind: 'link', neighbour: 'Bernard', what: 'up' },
  { kind: 'link', neighbour: 'Bernard', what: 'lost', why: 'the connection was reset' },
  { kind: 'link', neighbour: 'Bernard', what: 'unreachable', why: 'nobody listens there' },
  { kind: 'link', neighbour: 'Bernard', what: 'flapping', why: 'lost 5 times in 9 s' },
  { kind: 'places', provider: 'osm', tookMs: 12.5, outcome: 'ok' },
  { kind: 'server', what: 'listening', address: '127.0.0.1:12104' },
  { kind: 'server', what: 'stopped' },
  { kind: 'server', what: 'reloaded', parts: 'herd keys and log files' },
  { kind: 'server', what: 'fault', why: 'out of luck' },
  { kind: 'server', what: 'recovered', why: 'in luck again' },
]

const asLogged = (entry: Entry): string => formatEntry({ time, server, entry })
const wire = (text: string): string => Buffer.from(text).toString('latin1')

t.test('every kind of entry can be parsed as it was formatted', async (t) => {
  for (const entry of entries.map((entry) =>
    'line' in entry ? { ...entry, line: wire(entry.line) } : entry,
  ))
    t.same(parseEntry(asLogged(entry)), { time, server, entry }, asLogged(entry))
})

t.test('any bytes survive', async () => {
  const line = fc.oneof(bytes(), fc.string({ unit: 'binary' }).map(wire))
  fc.assert(
    fc.property(line, (line) => {
      const entry: Entry = { kind: 'refused', who, line, why: 'nonsense' }
      assert.deepEqual(parseEntry(asLogged(entry)), { time, server, entry })
    }),
  )
})

t.test('a line is logged as text if its bytes are valid UTF-8', async (t) => {
  const cases: [line: string, logged: object][] = [
    ['IAMAT kiwi', { line: 'IAMAT kiwi' }],
    ['IAMAT k\u00c3\u00afwi', { line: 'IAMAT kïwi' }],
    ['IAMAT \u00f0\u009f\u00a5\u009d', { line: 'IAMAT 🥝' }],
    ['IAMAT k\u00efwi', { latin1: 'IAMAT kïwi' }],
    ['\u00ff\u0000', { latin1: '\u00ff\u0000' }],
    ['\u00ef\u00bb\u00bfIAMAT', { line: '\ufeffIAMAT' }],
  ]
  for (const [line, logged] of cases)
    t.same(JSON.parse(asLogged({ kind: 'refused', who, why: '', line })), {
      time,
      server,
      severity: 'info',
      kind: 'refused',
      who,
      why: '',
      ...logged,
    })
})

t.test('a line that is not a valid entry is rejected', async (t) => {
  const wrong = [
    '',
    'hello',
    '{"time":"2026-10-05T20:32:03.123456Z","server":"Clark","kind":"serv',
    '[]',
    'null',
    '"kind"',
    '{"kind":"server","what":"stopped"}',
    '{"time":"2026-10-05T20:32:03.123Z","server":"Clark","kind":"server","what":"stopped"}',
    '{"time":"2026-10-05T20:32:03.123456Z","server":"Clark","kind":"server","what":"asleep"}',
    '{"time":"2026-10-05T20:32:03.123456Z","server":"Clark","kind":"gossip"}',
    '{"time":"2026-10-05T20:32:03.123456Z","server":"Clark","kind":"in","peer":"client","who":"a","line":1}',
    // Proxyherd 0.1.0 wrote several lines as one entry.
    '{"time":"2026-10-05T20:32:03.123456Z","server":"Clark","kind":"in","peer":"client","who":"a","lines":["b","c"]}',
  ]
  for (const line of wrong) t.equal(parseEntry(line), undefined, line)
})

t.test('each level logs the kinds of entries that it includes', async (t) => {
  const counts: Record<LogLevel, number> = { wire: 18, clients: 16, links: 9 }
  for (const [level, count] of Object.entries(counts))
    t.equal(entries.filter((entry) => isLogged(entry, level as LogLevel)).length, count, level)
  t.same(
    [...new Set(entries.filter((entry) => isLogged(entry, 'links')).map(({ kind }) => kind))],
    ['link', 'server'],
  )
})

t.test('times have microseconds, and sort as text', async (t) => {
  const cases: [instant: bigint, text: string][] = [
    [0n, '1970-01-01T00:00:00.000000Z'],
    [1_621_464_827_959_498_503n, '2021-05-19T22:53:47.959498Z'],
    [1_621_464_827_959_499_000n, '2021-05-19T22:53:47.959499Z'],
    [1_621_464_827_960_000_999n, '2021-05-19T22:53:47.960000Z'],
  ]
  for (const [instant, text] of cases) t.equal(formatTime(instant), text)
  const texts = cases.map(([, text]) => text)
  t.same([...texts].sort(), texts)
})

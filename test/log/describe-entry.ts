import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Entry } from '../../src/log/entry.js'
import { decodeWireText, describeEntry } from '../../src/log/describe-entry.js'
import { lineIn } from '../fixtures/log.js'
import { bytes } from '../fixtures/text.js'

const who = '127.0.0.1:50112'

t.test('an entry is described in one line', async (t) => {
  const cases: [Entry, string][] = [
    [{ kind: 'in', peer: 'client', who, line: 'WHATSAT kiwi 10 5' }, '← 127.0.0.1:50112 WHATSAT kiwi 10 5'],
    [{ kind: 'out', peer: 'neighbour', who: 'Bernard', line: 'AT Clark' }, '→ Bernard AT Clark'],
    [
      { kind: 'out', peer: 'client', who, line: 'AT Clark\n{\n}' },
      '→ 127.0.0.1:50112 AT Clark … (1 of 3 lines)',
    ],
    [{ kind: 'refused', who, line: 'AT', why: 'six fields' }, '! 127.0.0.1:50112 AT (refused: six fields)'],
    [
      { kind: 'forget', who, line: 'FORGET kiwi 5' },
      '· 127.0.0.1:50112 had a client forgotten: FORGET kiwi 5',
    ],
    [
      { kind: 'stale', who, line: 'AT Clark +0.5 kiwi +34-118 7' },
      '· 127.0.0.1:50112 sent a stale report, kept AT Clark +0.5 kiwi +34-118 7',
    ],
    [{ kind: 'client', what: 'connected', who }, '· 127.0.0.1:50112 connected'],
    [{ kind: 'client', what: 'closed', who, why: 'no answer' }, '· 127.0.0.1:50112 closed: no answer'],
    [
      { kind: 'http', who, method: 'GET', path: '/v1/herd', status: 200 },
      '· 127.0.0.1:50112 GET /v1/herd 200',
    ],
    [
      { kind: 'http', who, method: 'GET', path: '/v1/herd', status: 200, token: 'monitor' },
      '· 127.0.0.1:50112 (monitor) GET /v1/herd 200',
    ],
    [
      { kind: 'token', what: 'accepted', who, token: 'phones' },
      '· 127.0.0.1:50112 has shown the token phones',
    ],
    [
      { kind: 'token', what: 'used', who, token: 'admin', why: 'FORGET kiwi' },
      '· 127.0.0.1:50112 (admin) FORGET kiwi',
    ],
    [{ kind: 'token', what: 'used', who, why: 'FORGET kiwi' }, '· 127.0.0.1:50112 FORGET kiwi'],
    [
      { kind: 'token', what: 'refused', who, why: 'there is no such token', failures: 3 },
      '! 127.0.0.1:50112 has shown a token that is refused: there is no such token; refused for this host: 3',
    ],
    [
      { kind: 'token', what: 'refused', who, token: 'phones', why: 'it was not encrypted', failures: 1 },
      '! 127.0.0.1:50112 has shown a token, phones, that is refused: it was not encrypted; refused for this host: 1',
    ],
    [{ kind: 'link', neighbour: 'Bernard', what: 'up' }, '· link to Bernard up'],
    [{ kind: 'link', neighbour: 'Bernard', what: 'lost', why: 'reset' }, '· link to Bernard lost: reset'],
    [{ kind: 'places', provider: 'osm', tookMs: 12.4, outcome: 'ok' }, '· places from osm in 12 ms: ok'],
    [
      { kind: 'places', provider: 'osm', tookMs: 12, outcome: 'answered 429', detail: 'slow down' },
      '· places from osm in 12 ms: answered 429: slow down',
    ],
    [{ kind: 'server', what: 'listening', address: '[::1]:12104' }, '· listening on [::1]:12104'],
    [{ kind: 'server', what: 'stopped' }, '· stopped'],
    [{ kind: 'server', what: 'reloaded', parts: 'log files' }, '· reloaded log files'],
    [{ kind: 'server', what: 'recovered', why: 'in luck again' }, '· in luck again'],
    [{ kind: 'server', what: 'fault', why: 'out of luck' }, '! out of luck'],
  ]
  for (const [entry, shown] of cases) t.equal(describeEntry(entry), shown)
})

t.test('text from a client cannot control the terminal', async (t) => {
  const cases: Record<string, string> = {
    'k\u00c3\u00afwi': 'kïwi',
    'k\u00efwi': 'k\\xefwi',
    '\u001b[2J': '\\x1b[2J',
    'kiwi\r': 'kiwi\\x0d',
    // The one-character form of ESC [, first as a byte and then as UTF-8.
    '\u009b31m': '\\x9b31m',
    '\u00c2\u009b31m': '\\x9b31m',
    // Right to left.
    '\u00e2\u0080\u00ae': '\\u{202e}',
  }
  for (const [line, shown] of Object.entries(cases)) t.equal(describeEntry(lineIn(line)), `← ${who} ${shown}`)
  fc.assert(
    fc.property(bytes(), (line) => {
      assert.doesNotMatch(describeEntry(lineIn(line)), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    }),
  )
})

t.test('wire text is decoded as UTF-8, or else its high bytes are escaped', async (t) => {
  t.equal(decodeWireText('Zo\u00c3\u00ab'), 'Zoë')
  t.equal(decodeWireText('Zo\u00eb\u00c3\u00ab'), 'Zo\\xeb\\xc3\\xab')
})

import t from 'tap'
import { formatEntry, type Entry } from '../../src/log/entry.js'
import { severityOf } from '../../src/log/severity.js'
import { lineIn } from '../fixtures/log.js'

const who = '127.0.0.1:50112'

t.test('an entry has a severity, except lines in and out, which are only information', async (t) => {
  const cases: [Entry, string][] = [
    [{ kind: 'refused', who, line: 'HELLO', why: 'no command is called "HELLO"' }, 'info'],
    [{ kind: 'client', what: 'connected', who }, 'info'],
    [{ kind: 'client', what: 'closed', who, why: 'the connection was reset' }, 'info'],
    [{ kind: 'client', what: 'refused', who, why: 'too many connections' }, 'warning'],
    [{ kind: 'http', who, method: 'GET', path: '/healthz', status: 503 }, 'info'],
    [{ kind: 'token', what: 'accepted', who, token: 'phones' }, 'info'],
    [{ kind: 'token', what: 'refused', who, why: 'there is no such token', failures: 1 }, 'warning'],
    [{ kind: 'link', neighbour: 'Bernard', what: 'up' }, 'info'],
    [{ kind: 'link', neighbour: 'Bernard', what: 'up', why: 'its topology is not the same' }, 'warning'],
    [{ kind: 'link', neighbour: 'Bernard', what: 'lost', why: 'reset' }, 'warning'],
    [{ kind: 'link', neighbour: 'Bernard', what: 'unreachable', why: 'nobody listens there' }, 'warning'],
    [{ kind: 'places', provider: 'osm', tookMs: 12, outcome: 'ok' }, 'info'],
    [{ kind: 'places', provider: 'osm', tookMs: 12, outcome: 'answered 429' }, 'warning'],
    [{ kind: 'server', what: 'listening', address: '[::1]:12104' }, 'info'],
    [{ kind: 'server', what: 'stopped' }, 'info'],
    [{ kind: 'server', what: 'reloaded', parts: 'log files' }, 'info'],
    [{ kind: 'server', what: 'recovered', why: 'in luck again' }, 'info'],
    [{ kind: 'server', what: 'fault', why: 'out of luck' }, 'error'],
  ]
  const logged = (entry: Entry): string => formatEntry({ time: '', server: 'Clark', entry })
  for (const [entry, severity] of cases) {
    t.match(JSON.parse(logged(entry)), { severity }, JSON.stringify(entry))
    t.equal(severityOf(entry), severity)
  }
  t.notMatch(logged(lineIn('IAMAT')), 'severity')
  t.equal(severityOf(lineIn('IAMAT')), 'info')
})

import t from 'tap'
import { isSyncEntry } from '../../src/log/sync-entry.js'
import { lineIn } from '../fixtures/log.js'

t.test('STATUS, comparisons, repairs and trees are what keeps servers in sync', async (t) => {
  const clients: Record<string, boolean> = {
    'STATUS proxyherd': true,
    '  STATUS\tproxyherd\r': true,
    'STATUS {"server":"Clark"}': true,
    'STATUS kiwi': false,
    'DIGEST 0123456789abcdef 1': false,
    'IAMAT STATUS +1+1 1': false,
  }
  for (const [line, isSync] of Object.entries(clients)) t.equal(isSyncEntry(lineIn(line)), isSync, line)
  const neighbours: Record<string, boolean> = {
    'DIGEST 0123456789abcdef 1': true,
    'BUCKETS 00...': true,
    'HAVE 1': true,
    'WANT 1': true,
    'LATE AT Clark +0.2 kiwi +34.06-118.44 1621464827.9': true,
    'PRUNE Clark': true,
    'GRAFT Clark 0': true,
    'SEEN Clark 0': true,
    'AT Clark +0.2 LATE +34.06-118.44 1621464827.9': false,
    'COUNT 1 AT Clark +0.2 kiwi +34.06-118.44 1621464827.9': false,
    DIGESTS: false,
  }
  for (const [line, isSync] of Object.entries(neighbours))
    t.equal(isSyncEntry({ kind: 'out', peer: 'neighbour', who: 'Bernard', line }), isSync, line)
  const status = { kind: 'client', who: '127.0.0.1:1', isForStatus: true } as const
  t.equal(isSyncEntry({ ...status, what: 'connected' }), true)
  t.equal(isSyncEntry({ ...status, what: 'closed' }), true)
  t.equal(isSyncEntry({ kind: 'client', what: 'connected', who: '127.0.0.1:1' }), false)
  t.equal(isSyncEntry({ kind: 'refused', who: 'Bernard', line: 'DIGEST', why: 'a field is missing' }), false)
})

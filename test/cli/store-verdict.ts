import t from 'tap'
import { diskCell, isDamaged, isUnsafe, storeFaults } from '../../src/cli/store-verdict.js'
import type { AnyServerStatus } from '../../src/net/status-probe.js'
import { syncVerdict } from '../../src/cli/sync-verdict.js'
import { standing } from '../fixtures/status.js'

const address = { host: '10.0.0.1', port: 12_100 }
const old: AnyServerStatus = { ...standing('Elm'), store: undefined }

for (const [what, status, { cell, faults, unsafe, damaged }] of [
  ['a server that writes', standing('Elm'), { cell: 'second', faults: [], unsafe: false, damaged: false }],
  [
    'a server with --no-store',
    standing('Elm', { store: { durability: 'memory', unsaved: 0, lost: 0 } }),
    { cell: 'none', faults: [], unsafe: false, damaged: false },
  ],
  [
    'a server with a full disk',
    standing('Elm', { store: { durability: 'memory', unsaved: 7, fault: 'the disk\nis full', lost: 0 } }),
    {
      cell: '7 unsaved',
      faults: [/^Elm keeps reports in memory only, 7 clients unsaved: the disk\S+is full$/],
      unsafe: true,
      damaged: false,
    },
  ],
  [
    'a server that has lost reports',
    standing('Elm', { store: { durability: 'commit', unsaved: 0, lost: 3 } }),
    { cell: 'commit', faults: [/^Elm has lost reports on disk, /], unsafe: false, damaged: true },
  ],
  ['a server of version 0.1.0', old, { cell: '?', faults: [], unsafe: false, damaged: false }],
] as const)
  t.test(what, async (t) => {
    t.equal(diskCell(status), cell)
    t.match(storeFaults(status), faults)
    t.equal(storeFaults(status).length, faults.length)
    t.equal(isUnsafe(status), unsafe)
    t.equal(isDamaged(status), damaged)
    const servers = ['Elm', 'Oak'].map((name) => ({
      name,
      address,
      answer: { kind: 'status' as const, status: name === 'Elm' ? status : standing('Oak') },
    }))
    const verdict = syncVerdict({ time: new Date(0), servers, rounds: 1 })
    t.equal(verdict.inSync, !damaged)
    if (damaged) t.equal(verdict.words, 'not in sync: reports were lost on the disk of Elm')
  })

import t from 'tap'
import { benchJson, benchWords, mistakeWords } from '../../src/cli/bench-words.js'
import type { BenchOptions, Measured } from '../../src/load/bench.js'
import { herdDialect } from '../../src/load/dialect.js'
import { emptyTally, record } from '../../src/load/tally.js'

const plan: BenchOptions = {
  targets: [{ name: 'Elm', address: { host: '::1', port: 12_100 } }],
  dialect: herdDialect,
  clients: 1_000_000,
  seed: 1,
  latePercent: 0,
  tiedPercent: 0,
  connections: 50,
  depth: 16,
  questionPercent: 0,
  roams: true,
  warmUp: [],
  phase: { kind: 'closed', seconds: 2 },
  timeoutMs: 1,
  startMicroseconds: 0,
}

/** Half a million reports in two seconds, held everywhere half a second later. */
function measured(more: Partial<Measured> = {}): Measured {
  const tally = { ...emptyTally(), reports: 500_000 }
  for (const milliseconds of [1, 2, 3]) record(tally.reportTimes, milliseconds)
  return {
    tally,
    seconds: 2,
    settledSeconds: 2.5,
    findings: { checked: 100_000, reported: 1_000_000, wrong: 0, mistake: undefined, settledAt: undefined },
    serverCpuSeconds: 5,
    ownCpuSeconds: 1,
    ...more,
  }
}

t.test('what was measured, for a person', async (t) => {
  t.same(benchWords(plan, measured()).split('\n'), [
    '       answered  a second      p50      p99    p99.9  longest',
    'IAMAT   500,000   250,000  2.00 ms  3.00 ms  3.00 ms  3.00 ms',
    '1 server, 1,000,000 clients on 50 connections, depth 16, closed loop, 2.0 s',
    'all servers hold the newest, 500 ms after the last answer (asked for 100,000 of 1,000,000 clients): 200,000 reports/s',
    'CPU: servers 10.0 µs a request, 2.00 cores; this program 0.50 cores',
    '',
  ])
  const hidden = benchWords(plan, measured({ serverCpuSeconds: undefined }))
  t.match(hidden, 'CPU: this program 0.50 cores; that of the servers cannot be read from here\n')
})

t.test('and for a program', async (t) => {
  t.match(benchJson(plan, measured()), {
    servers: { Elm: '[::1]:12100' },
    ratePerSecond: null,
    reportsPerSecond: 250_000,
    settledReportsPerSecond: 200_000,
    checkedClients: 100_000,
    reportedClients: 1_000_000,
    serverCpuMicrosecondsPerRequest: 10,
    serverCores: 2,
    ownCores: 0.5,
    questionMicroseconds: null,
  })
  const only = { ...emptyTally(), questions: 3 }
  t.match(benchJson(plan, measured({ tally: only })), { reportMicroseconds: null, questionMicroseconds: {} })
  t.notMatch(benchWords(plan, measured({ tally: only })), 'IAMAT')
  const never = { settledSeconds: undefined, serverCpuSeconds: undefined, findings: undefined }
  t.match(benchJson(plan, measured(never)), {
    settledSeconds: null,
    checkedClients: 0,
    serverCpuMicrosecondsPerRequest: null,
    serverCores: null,
  })
  const { serverCores } = benchJson(plan, measured({ settledSeconds: undefined }))
  t.equal(serverCores, 2.5)
})

t.test('a server that does not hold the newest', async (t) => {
  const mistake = { server: 'Elm', client: 'client-00000017.test', newest: '+1+1 2' }
  t.equal(
    mistakeWords({ ...mistake, holds: 'AT Zo\xc3\xab +0.5 client-00000017.test +1+1 1' }),
    'Elm should hold +1+1 2 of client-00000017.test, and holds "AT Zoë +0.5 client-00000017.test +1+1 1"',
  )
  t.match(
    mistakeWords({ ...mistake, holds: undefined }),
    /^Elm should hold \+1\+1 2 of client-00000017\.test, and holds nothing$/,
  )
  const words = benchWords(
    plan,
    measured({
      settledSeconds: undefined,
      findings: {
        checked: 5,
        reported: 5,
        wrong: 2,
        mistake: { ...mistake, holds: undefined },
        settledAt: 1,
      },
    }),
  )
  t.match(
    words,
    'the servers do not agree: asked for all 5 clients, they gave 2 answers that are not the newest',
  )
  t.match(words, 'CPU: servers 10.0 µs a request, 2.50 cores')
  t.match(
    benchWords(plan, measured({ settledSeconds: undefined, findings: undefined })),
    'the servers were not asked what they hold',
  )
})

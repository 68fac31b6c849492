import t from 'tap'
import { formatBenchJson, formatBench, formatWrongAnswer } from '../../src/cli/format-bench.js'
import type { BenchOptions, BenchResult } from '../../src/load/bench.js'
import { herdDialect } from '../../src/load/request-dialect.js'
import { emptyResult, recordLatency } from '../../src/load/phase-result.js'

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

/** Half a million reports in two seconds, present on all servers half a second later. */
function measured(more: Partial<BenchResult> = {}): BenchResult {
  const tally = { ...emptyResult(), reports: 500_000 }
  for (const milliseconds of [1, 2, 3]) recordLatency(tally.reportTimes, milliseconds)
  return {
    load: tally,
    seconds: 2,
    settledSeconds: 2.5,
    check: { checked: 100_000, reported: 1_000_000, wrong: 0, wrongAnswer: undefined, settledAt: undefined },
    serverCpuSeconds: 5,
    ownCpuSeconds: 1,
    ...more,
  }
}

t.test('a result as text', async (t) => {
  t.same(formatBench(plan, measured()).split('\n'), [
    '       answered  per second      p50      p99    p99.9  longest',
    'IAMAT   500,000     250,000  2.00 ms  3.00 ms  3.00 ms  3.00 ms',
    '1 server, 1,000,000 clients on 50 connections, depth 16, closed loop, 2.0 s',
    'all servers hold the newest reports 500 ms after the last reply (asked for 100,000 of 1,000,000 clients): 200,000 reports/s',
    'CPU: servers 10.0 µs per request, 2.00 cores; this process 0.50 cores',
    '',
  ])
  const hidden = formatBench(plan, measured({ serverCpuSeconds: undefined }))
  t.match(hidden, 'CPU: this process 0.50 cores; not measurable for the servers\n')
})

t.test('a result as JSON', async (t) => {
  t.match(formatBenchJson(plan, measured()), {
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
  const only = { ...emptyResult(), questions: 3 }
  t.match(formatBenchJson(plan, measured({ load: only })), {
    reportMicroseconds: null,
    questionMicroseconds: {},
  })
  t.notMatch(formatBench(plan, measured({ load: only })), 'IAMAT')
  const never = { settledSeconds: undefined, serverCpuSeconds: undefined, check: undefined }
  t.match(formatBenchJson(plan, measured(never)), {
    settledSeconds: null,
    checkedClients: 0,
    serverCpuMicrosecondsPerRequest: null,
    serverCores: null,
  })
  const { serverCores } = formatBenchJson(plan, measured({ settledSeconds: undefined }))
  t.equal(serverCores, 2.5)
})

t.test('a wrong answer', async (t) => {
  const mistake = { server: 'Elm', client: 'client-00000017.test', newest: '+1+1 2' }
  t.equal(
    formatWrongAnswer({ ...mistake, holds: 'AT Zo\xc3\xab +0.5 client-00000017.test +1+1 1' }),
    'Elm should hold +1+1 2 for client-00000017.test, but holds "AT Zoë +0.5 client-00000017.test +1+1 1"',
  )
  t.match(
    formatWrongAnswer({ ...mistake, holds: undefined }),
    /^Elm should hold \+1\+1 2 for client-00000017\.test, but holds nothing$/,
  )
  const words = formatBench(
    plan,
    measured({
      settledSeconds: undefined,
      check: {
        checked: 5,
        reported: 5,
        wrong: 2,
        wrongAnswer: { ...mistake, holds: undefined },
        settledAt: 1,
      },
    }),
  )
  t.match(words, 'the servers do not agree: asked for all 5 clients, they gave 2 wrong answers')
  t.match(words, 'CPU: servers 10.0 µs per request, 2.50 cores')
  t.match(
    formatBench(plan, measured({ settledSeconds: undefined, check: undefined })),
    'the servers were not checked',
  )
})

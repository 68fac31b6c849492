import t from 'tap'
import { formatBenchJson, formatBench, formatWrongAnswer } from '../../src/cli/format-bench.js'
import type { BenchOptions, BenchResult } from '../../src/load/bench.js'
import { herdDialect } from '../../src/load/request-dialect.js'
import {
  emptyServerResult,
  recordLatency,
  sumOf,
  type PhaseResult,
  type ServerResult,
} from '../../src/load/phase-result.js'
import type { CheckResult } from '../../src/load/convergence-check.js'

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
  mode: 'pipelined',
  warmUp: [],
  phase: { kind: 'closed', seconds: 2 },
  timeoutMs: 1,
  startMicroseconds: 0,
}

/** The result of a phase with these results of servers. */
function phase(...servers: Partial<ServerResult>[]): PhaseResult {
  const results = servers.map((each) => ({ ...emptyServerResult('Elm'), ...each }))
  return { ...sumOf(results), unsent: 0, startedAt: 0, endedAt: 0, servers: results }
}

const check: CheckResult = {
  checked: 100_000,
  reported: 1_000_000,
  uncertain: 0,
  wrong: 0,
  wrongAnswer: undefined,
  refused: 0,
  failed: [],
  settledAt: undefined,
}

/** Half a million reports in two seconds, present on all servers half a second later. */
function measured(more: Partial<BenchResult> = {}): BenchResult {
  const load = phase({ reports: 500_000 })
  for (const milliseconds of [1, 2, 3]) recordLatency(load.reportTimes, milliseconds)
  return {
    load,
    seconds: 2,
    settledSeconds: 2.5,
    check,
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
  const only = phase({ questions: 3 })
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
  const words = formatBench(
    plan,
    measured({
      settledSeconds: undefined,
      check: { ...check, checked: 5, reported: 5, wrong: 2, refused: 3, settledAt: 1 },
    }),
  )
  t.match(
    words,
    'the servers do not agree: asked for all 5 clients, they gave 2 wrong answers, and refused 3 questions',
  )
  t.match(words, 'CPU: servers 10.0 µs per request, 2.50 cores')
  t.match(
    formatBench(plan, measured({ settledSeconds: undefined, check: undefined })),
    'the servers were not checked',
  )
})

t.test('what was refused, lost or not checked is named', async (t) => {
  const two = { ...plan, targets: [...plan.targets, { name: 'Oak', address: { host: '::1', port: 12_101 } }] }
  const load = phase(
    { reports: 1_000, refusedReports: 1, refusedQuestions: 2, questions: 20 },
    { server: 'Oak', unanswered: 16, lostConnections: 2, fault: 'Oak closed the connection' },
  )
  const failed = [{ server: 'Oak', why: 'nobody listens' }]
  const text = formatBench(two, measured({ load, check: { ...check, failed, uncertain: 12 } }))
  t.same(text.split('\n').slice(3, -1), [
    '2 servers, 1,000,000 clients on 50 connections, depth 16, closed loop, 2.0 s',
    'Server  answered  refused  unanswered  IAMAT p50  IAMAT p99',
    'Elm        1,020        3           0    0.00 ms    0.00 ms',
    'Oak            0        0          16',
    '2 connections lost: Oak closed the connection',
    '1 of 2 servers hold the newest reports 500 ms after the last reply (asked for 100,000 of 1,000,000 clients): 400 reports/s',
    'not checked: Oak, because nobody listens',
    'not checked: 12 clients with a report that was refused or not answered',
    'CPU: servers 4902.0 µs per request, 2.00 cores; this process 0.50 cores',
    'refused: 1 IAMAT, 2 WHATSAT',
  ])
  const json = formatBenchJson(
    two,
    measured({ load, check: { ...check, failed, refused: 7, uncertain: 12 } }),
  )
  t.match(json, {
    refused: 3,
    refusedReports: 1,
    refusedQuestions: 2,
    unanswered: 16,
    uncertainClients: 12,
    refusedChecks: 7,
    notChecked: { Oak: 'nobody listens' },
    results: {
      Elm: { reports: 1_000, questions: 20, refused: 3, unanswered: 0, lostConnections: 0, fault: null },
      Oak: { reports: 0, lostConnections: 2, fault: 'Oak closed the connection', reportMicroseconds: null },
    },
  })
})

t.test('servers that could not be asked are not accused', async (t) => {
  const cases: [Partial<CheckResult>, string][] = [
    [
      { checked: 5, reported: 5, refused: 1 },
      'not checked whether the servers agree: asked for all 5 clients, they refused 1 question, and gave no wrong answer\n',
    ],
    [{ checked: 0 }, 'not checked whether the servers agree: there was nothing or nobody to ask\n'],
  ]
  for (const [more, words] of cases)
    t.match(formatBench(plan, measured({ settledSeconds: undefined, check: { ...check, ...more } })), words)
})

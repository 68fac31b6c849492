import type { RecordableHistogram } from 'node:perf_hooks'
import type { BenchOptions, BenchResult } from '../load/bench.js'
import type { CheckResult, WrongAnswer } from '../load/convergence-check.js'
import type { PhaseResult, RequestCounts, ServerResult } from '../load/phase-result.js'
import { toExcerpt } from '../log/escape-text.js'
import { formatAddress } from '../net/connection.js'
import { formatCount } from '../topology/format-list.js'
import { fromWireText } from './wire-text.js'
import { formatTable } from './format-table.js'

const MICROSECONDS = 1_000_000

/** The result of a benchmark as one JSON object. Names contain their units; what could not be measured is null. */
export function formatBenchJson(plan: BenchOptions, measured: BenchResult): Record<string, unknown> {
  const { load, seconds, settledSeconds, serverCpuSeconds, ownCpuSeconds } = measured
  return {
    servers: Object.fromEntries(
      plan.targets.map(({ name, address: { host, port } }) => [name, formatAddress(host, port)]),
    ),
    clients: plan.clients,
    connections: plan.connections,
    depth: plan.depth,
    ratePerSecond: plan.phase.kind === 'open' ? plan.phase.ratePerSecond : null,
    latePercent: plan.latePercent,
    tiedPercent: plan.tiedPercent,
    seed: plan.seed,
    seconds,
    ...loadJson(load, seconds),
    settledSeconds: settledSeconds ?? null,
    settledReportsPerSecond: settledSeconds === undefined ? null : load.reports / settledSeconds,
    ...checkJson(measured.check),
    serverCpuMicrosecondsPerRequest: perRequest(measured) ?? null,
    serverCores: serverCpuSeconds === undefined ? null : serverCpuSeconds / (settledSeconds ?? seconds),
    ownCores: ownCpuSeconds / seconds,
  }
}

function loadJson(load: PhaseResult, seconds: number): Record<string, unknown> {
  const {
    reports,
    questions,
    refusedReports,
    refusedQuestions,
    unanswered,
    unsent,
    reportTimes,
    questionTimes,
  } = load
  return {
    reports,
    reportsPerSecond: reports / seconds,
    questions,
    questionsPerSecond: questions / seconds,
    refused: refusedReports + refusedQuestions,
    refusedReports,
    refusedQuestions,
    unanswered,
    unsent,
    reportMicroseconds: reports === 0 ? null : percentiles(reportTimes),
    questionMicroseconds: questions === 0 ? null : percentiles(questionTimes),
    results: Object.fromEntries(load.servers.map((each) => [each.server, serverJson(each)])),
  }
}

function checkJson(check: CheckResult | undefined): Record<string, unknown> {
  return {
    checkedClients: check?.checked ?? 0,
    reportedClients: check?.reported ?? 0,
    wrongAnswers: check?.wrong ?? 0,
    mistake: check?.wrongAnswer ?? null,
    uncertainClients: check?.uncertain ?? 0,
    refusedChecks: check?.refused ?? 0,
    notChecked: Object.fromEntries((check?.failed ?? []).map(({ server, why }) => [server, why])),
  }
}

/** The result of a benchmark as a table and a few lines. */
export function formatBench(plan: BenchOptions, measured: BenchResult): string {
  const { load, seconds } = measured
  const { reports, questions, reportTimes, questionTimes, unanswered, unsent, servers } = load
  const rows = [
    ...(reports === 0 ? [] : [row('IAMAT', reports, seconds, reportTimes)]),
    ...(questions === 0 ? [] : [row('WHATSAT', questions, seconds, questionTimes)]),
  ]
  return [
    formatTable(HEAD, rows, [1, 2, 3, 4, 5, 6]),
    `${serversText(plan)}, ${whole(plan.clients)} clients on ${whole(plan.connections)} connections, ` +
      `depth ${plan.depth}, ${rateText(plan)}, ${seconds.toFixed(1)} s`,
    ...(servers.length > 1 || unanswered > 0
      ? [formatTable(SERVER_HEAD, servers.map(serverRow), [1, 2, 3, 4, 5])]
      : []),
    ...servers.flatMap(lostText),
    ...checkTexts(plan, measured),
    cpuText(measured),
    ...refusedText(load),
    ...(unsent === 0
      ? []
      : [`${whole(unsent)} requests were due but not sent, because too many were unanswered`]),
    '',
  ].join('\n')
}

const HEAD = ['', 'answered', 'per second', 'p50', 'p99', 'p99.9', 'longest']

const SERVER_HEAD = ['Server', 'answered', 'refused', 'unanswered', 'IAMAT p50', 'IAMAT p99']

function serverRow({
  server,
  reports,
  questions,
  unanswered,
  reportTimes,
  ...counts
}: ServerResult): string[] {
  const { p50, p99 } = percentiles(reportTimes)
  const times = reports === 0 ? ['', ''] : [p50, p99].map(milliseconds)
  return [server, ...[reports + questions, refusedIn(counts), unanswered].map(whole), ...times]
}

function serverJson({
  reports,
  questions,
  unanswered,
  lostConnections,
  fault,
  reportTimes,
  ...counts
}: ServerResult): object {
  return {
    reports,
    questions,
    refused: refusedIn(counts),
    unanswered,
    lostConnections,
    fault: fault ?? null,
    reportMicroseconds: reports === 0 ? null : percentiles(reportTimes),
  }
}

type Refusals = Pick<RequestCounts, 'refusedReports' | 'refusedQuestions'>

function refusedIn({ refusedReports, refusedQuestions }: Refusals): number {
  return refusedReports + refusedQuestions
}

function refusedText({ refusedReports, refusedQuestions }: Refusals): string[] {
  if (refusedReports + refusedQuestions === 0) return []
  return [`refused: ${whole(refusedReports)} IAMAT, ${whole(refusedQuestions)} WHATSAT`]
}

function lostText({ lostConnections, fault }: ServerResult): string[] {
  return fault === undefined
    ? []
    : [`${formatCount(lostConnections, 'connection')} lost: ${toExcerpt(fault)}`]
}

function row(name: string, count: number, seconds: number, times: RecordableHistogram): string[] {
  const { p50, p99, p999, longest } = percentiles(times)
  return [name, whole(count), whole(count / seconds), ...[p50, p99, p999, longest].map(milliseconds)]
}

function percentiles(times: RecordableHistogram): {
  p50: number
  p99: number
  p999: number
  longest: number
} {
  return {
    p50: times.percentile(50),
    p99: times.percentile(99),
    p999: times.percentile(99.9),
    longest: times.max,
  }
}

function rateText({ phase }: BenchOptions): string {
  return phase.kind === 'open' ? `${whole(phase.ratePerSecond)} requests per second offered` : 'closed loop'
}

function serversText({ targets }: BenchOptions): string {
  return targets.length === 1 ? '1 server' : `${targets.length} servers`
}

/** What the check has found, and then what it could not check. */
function checkTexts(plan: BenchOptions, measured: BenchResult): string[] {
  const { check } = measured
  if (!check) return ['the servers were not checked']
  const { failed, uncertain } = check
  return [
    verdict(plan, measured, check),
    ...failed.map(({ server, why }) => `not checked: ${server}, because ${toExcerpt(why)}`),
    ...(uncertain === 0
      ? []
      : [`not checked: ${formatCount(uncertain, 'client')} with a report that was refused or not answered`]),
  ]
}

function verdict(
  { targets }: BenchOptions,
  { load, seconds, settledSeconds }: BenchResult,
  { checked, reported, wrong, refused, failed }: CheckResult,
): string {
  const of = checked === reported ? `all ${whole(reported)}` : `${whole(checked)} of ${whole(reported)}`
  const asked = `asked for ${of} clients`
  const refusals = refused === 0 ? '' : `, and refused ${formatCount(refused, 'question')}`
  if (wrong > 0)
    return `the servers do not agree: ${asked}, they gave ${whole(wrong)} wrong answers${refusals}`
  if (refused > 0)
    return `not checked whether the servers agree: ${asked}, they refused ${formatCount(refused, 'question')}, and gave no wrong answer`
  if (settledSeconds === undefined)
    return 'not checked whether the servers agree: there was nothing or nobody to ask'
  const rate = whole(load.reports / settledSeconds)
  const after = ((settledSeconds - seconds) * 1_000).toFixed(0)
  const who =
    failed.length === 0
      ? 'all servers hold'
      : `${targets.length - failed.length} of ${targets.length} servers hold`
  return `${who} the newest reports ${after} ms after the last reply (${asked}): ${rate} reports/s`
}

function cpuText(measured: BenchResult): string {
  const { serverCpuSeconds, ownCpuSeconds, seconds, settledSeconds } = measured
  const own = `this process ${(ownCpuSeconds / seconds).toFixed(2)} cores`
  const each = perRequest(measured)
  if (serverCpuSeconds === undefined || each === undefined)
    return `CPU: ${own}; not measurable for the servers`
  const cores = (serverCpuSeconds / (settledSeconds ?? seconds)).toFixed(2)
  return `CPU: servers ${each.toFixed(1)} µs per request, ${cores} cores; ${own}`
}

function perRequest({ load, serverCpuSeconds }: BenchResult): number | undefined {
  return serverCpuSeconds === undefined
    ? undefined
    : (serverCpuSeconds * MICROSECONDS) / (load.reports + load.questions)
}

/** One wrong answer. What the server sent comes last, because it may be long. */
export function formatWrongAnswer({ server, client, holds, newest }: WrongAnswer): string {
  return `${server} should hold ${newest} for ${client}, but holds "${fromWireText(holds)}"`
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(2)} ms`
}

function whole(count: number): string {
  return count.toLocaleString('en', { maximumFractionDigits: 0 })
}

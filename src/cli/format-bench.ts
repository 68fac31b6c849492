import type { RecordableHistogram } from 'node:perf_hooks'
import type { BenchOptions, BenchResult } from '../load/bench.js'
import type { WrongAnswer } from '../load/convergence-check.js'
import { formatAddress } from '../net/connection.js'
import { fromWireText } from './wire-text.js'
import { formatTable } from './format-table.js'

const MICROSECONDS = 1_000_000

/** The result of a benchmark as one JSON object. Names contain their units; what could not be measured is null. */
export function formatBenchJson(plan: BenchOptions, measured: BenchResult): Record<string, unknown> {
  const { load, seconds, settledSeconds, check, serverCpuSeconds, ownCpuSeconds } = measured
  const { reports, questions, refused, unsent, reportTimes, questionTimes } = load
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
    reports,
    reportsPerSecond: reports / seconds,
    questions,
    questionsPerSecond: questions / seconds,
    refused,
    unsent,
    reportMicroseconds: reports === 0 ? null : percentiles(reportTimes),
    questionMicroseconds: questions === 0 ? null : percentiles(questionTimes),
    settledSeconds: settledSeconds ?? null,
    settledReportsPerSecond: settledSeconds === undefined ? null : reports / settledSeconds,
    checkedClients: check?.checked ?? 0,
    reportedClients: check?.reported ?? 0,
    wrongAnswers: check?.wrong ?? 0,
    mistake: check?.wrongAnswer ?? null,
    serverCpuMicrosecondsPerRequest: perRequest(measured) ?? null,
    serverCores: serverCpuSeconds === undefined ? null : serverCpuSeconds / (settledSeconds ?? seconds),
    ownCores: ownCpuSeconds / seconds,
  }
}

/** The result of a benchmark as a table and a few lines. */
export function formatBench(plan: BenchOptions, measured: BenchResult): string {
  const { load, seconds } = measured
  const { reports, questions, reportTimes, questionTimes, refused, unsent } = load
  const rows = [
    ...(reports === 0 ? [] : [row('IAMAT', reports, seconds, reportTimes)]),
    ...(questions === 0 ? [] : [row('WHATSAT', questions, seconds, questionTimes)]),
  ]
  return [
    formatTable(HEAD, rows, [1, 2, 3, 4, 5, 6]),
    `${serversText(plan)}, ${whole(plan.clients)} clients on ${whole(plan.connections)} connections, ` +
      `depth ${plan.depth}, ${rateText(plan)}, ${seconds.toFixed(1)} s`,
    settledText(measured),
    cpuText(measured),
    ...(refused === 0 ? [] : [`${whole(refused)} requests were refused`]),
    ...(unsent === 0
      ? []
      : [`${whole(unsent)} requests were due but not sent, because too many were unanswered`]),
    '',
  ].join('\n')
}

const HEAD = ['', 'answered', 'per second', 'p50', 'p99', 'p99.9', 'longest']

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

function settledText({ load, seconds, settledSeconds, check }: BenchResult): string {
  if (!check) return 'the servers were not checked'
  const { checked, reported, wrong } = check
  const of = checked === reported ? `all ${whole(reported)}` : `${whole(checked)} of ${whole(reported)}`
  const asked = `asked for ${of} clients`
  if (settledSeconds === undefined)
    return `the servers do not agree: ${asked}, they gave ${whole(wrong)} wrong answers`
  const rate = whole(load.reports / settledSeconds)
  const after = ((settledSeconds - seconds) * 1_000).toFixed(0)
  return `all servers hold the newest reports ${after} ms after the last reply (${asked}): ${rate} reports/s`
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
  const held = holds === undefined ? 'nothing' : `"${fromWireText(holds)}"`
  return `${server} should hold ${newest} for ${client}, but holds ${held}`
}

function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(2)} ms`
}

function whole(count: number): string {
  return count.toLocaleString('en', { maximumFractionDigits: 0 })
}

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** Counts and latencies of requests. */
export interface RequestCounts {
  /** How many reports and questions were answered, refusals included. */
  reports: number
  questions: number
  /** How many of these were refused. */
  refusedReports: number
  refusedQuestions: number
  /** How many were sent, but lost with their connection. */
  unanswered: number
  /** Latencies in microseconds. */
  readonly reportTimes: RecordableHistogram
  readonly questionTimes: RecordableHistogram
}

/** What one server has answered. */
export interface ServerResult extends RequestCounts {
  readonly server: string
  /** How many of the connections to it have failed so far, and why the first did. */
  lostConnections: number
  fault: string | undefined
}

/** The result of one phase of a load. */
export interface PhaseResult extends RequestCounts {
  /** How many requests were due but were not sent, because too many others were unanswered. */
  unsent: number
  /** In milliseconds, by `performance.now()`. */
  startedAt: number
  endedAt: number
  readonly servers: readonly ServerResult[]
}

/** Longer than the timeout of any request. */
const MOST_MICROSECONDS = 3_600_000_000

/** The result of one server in a phase that has just begun. */
export function emptyServerResult(server: string): ServerResult {
  return { server, lostConnections: 0, fault: undefined, ...emptyCounts() }
}

/** The sum of what servers have answered. */
export function sumOf(servers: readonly ServerResult[]): RequestCounts {
  const sum = emptyCounts()
  for (const each of servers) {
    sum.reports += each.reports
    sum.questions += each.questions
    sum.refusedReports += each.refusedReports
    sum.refusedQuestions += each.refusedQuestions
    sum.unanswered += each.unanswered
    sum.reportTimes.add(each.reportTimes)
    sum.questionTimes.add(each.questionTimes)
  }
  return sum
}

function emptyCounts(): RequestCounts {
  return {
    reports: 0,
    questions: 0,
    refusedReports: 0,
    refusedQuestions: 0,
    unanswered: 0,
    reportTimes: histogram(),
    questionTimes: histogram(),
  }
}

// Node's histograms are the C version of HdrHistogram, which records a value in a third of the time of the JavaScript version.
function histogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: MOST_MICROSECONDS, figures: 3 })
}

const MICROSECONDS_PER_MILLISECOND = 1_000

/** Records a latency given in milliseconds. */
export function recordLatency(times: RecordableHistogram, milliseconds: number): void {
  times.record(Math.max(1, Math.round(milliseconds * MICROSECONDS_PER_MILLISECOND)))
}

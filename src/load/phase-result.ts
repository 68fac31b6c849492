import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** The result of one phase of a load. */
export interface PhaseResult {
  /** How many reports and questions were answered, refusals included. */
  reports: number
  questions: number
  /** How many of these were refused. */
  refused: number
  /** How many requests were due but were not sent, because too many others were unanswered. */
  unsent: number
  /** In milliseconds, by `performance.now()`. */
  startedAt: number
  endedAt: number
  /** Latencies in microseconds. */
  readonly reportTimes: RecordableHistogram
  readonly questionTimes: RecordableHistogram
}

/** Longer than the timeout of any request. */
const MOST_MICROSECONDS = 3_600_000_000

/** The result of a phase that has just begun. */
export function emptyResult(): PhaseResult {
  const counts = { reports: 0, questions: 0, refused: 0, unsent: 0, startedAt: 0, endedAt: 0 }
  return { ...counts, reportTimes: histogram(), questionTimes: histogram() }
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

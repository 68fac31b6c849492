import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** What came of a phase of a load. */
export interface Tally {
  /** How many were answered, with or without a `? `. */
  reports: number
  questions: number
  /** How many of them were refused. */
  refused: number
  /** How many were due, but had to wait for so many others that they were not sent. */
  unsent: number
  /** In milliseconds of the clock of `performance`. */
  startedAt: number
  endedAt: number
  /** How long answers took, in microseconds. */
  readonly reportTimes: RecordableHistogram
  readonly questionTimes: RecordableHistogram
}

/** Longer than any phase waits for an answer. */
const MOST_MICROSECONDS = 3_600_000_000

/** A tally of nothing yet. */
export function emptyTally(): Tally {
  const counts = { reports: 0, questions: 0, refused: 0, unsent: 0, startedAt: 0, endedAt: 0 }
  return { ...counts, reportTimes: histogram(), questionTimes: histogram() }
}

// Node's histograms are HdrHistogram itself, in C: a value is recorded in a third of the time that its translation to JavaScript takes.
function histogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: MOST_MICROSECONDS, figures: 3 })
}

const MICROSECONDS_PER_MILLISECOND = 1_000

/** Records how long an answer took, in milliseconds. */
export function record(times: RecordableHistogram, milliseconds: number): void {
  times.record(Math.max(1, Math.round(milliseconds * MICROSECONDS_PER_MILLISECOND)))
}

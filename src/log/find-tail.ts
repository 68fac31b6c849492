import { END_OF_TIME, type LogLine, LogReader, type LogRange } from './log-reader.js'

/** How much of each log is read at first, which is enough for most, and how much more each time it is not. */
const FIRST_BYTES = 256 * 1024
const GROWTH = 8

/** The last entries of merged logs. */
export interface Tail extends LogRange {
  /** How many wanted entries with the time `since` are too many. */
  readonly skip: number
}

export interface TailOptions extends LogRange {
  /** Returns those entries that count. */
  readonly filter: (lines: readonly LogLine[]) => readonly LogLine[]
  /** Aborted to end the search. The result is useless then. */
  readonly signal: AbortSignal
}

/**
 * Finds the last `count` entries that count of all logs together, reading the logs from their ends. Rejects with a PersonError if a log
 * cannot be read.
 */
export async function findTail(paths: readonly string[], count: number, options: TailOptions): Promise<Tail> {
  if (count === 0) return { since: END_OF_TIME, until: options.until, skip: 0 }
  for (let bytes = FIRST_BYTES; ; bytes *= GROWTH) {
    const { times, completeSince } = await readTimes(paths, bytes, options)
    const known = times.filter((time) => time >= completeSince)
    if (completeSince === '' || known.length >= count || options.signal.aborted)
      return tailOf(known, count, options)
  }
}

function tailOf(times: readonly string[], count: number, { since, until }: LogRange): Tail {
  const newestFirst = times.toSorted().reverse()
  const first = newestFirst[count - 1]
  const [newest = until] = newestFirst
  if (first === undefined) return { since, until: newest, skip: 0 }
  return { since: first, until: newest, skip: newestFirst.lastIndexOf(first) + 1 - count }
}

/** The times of the entries that count in the newest `bytes` of each log, and since when they are all there are; empty if of all time. */
async function readTimes(
  paths: readonly string[],
  bytes: number,
  { filter, signal, ...range }: TailOptions,
): Promise<{ times: string[]; completeSince: string }> {
  const times: string[] = []
  let completeSince = ''
  for (const path of paths) {
    const reader = new LogReader(path, range, () => undefined, bytes)
    let first = END_OF_TIME
    try {
      for (let lines = await reader.read(); lines && !signal.aborted; lines = await reader.read()) {
        if (first === END_OF_TIME && lines[0]) first = lines[0].time
        for (const { time } of filter(lines)) times.push(time)
      }
    } finally {
      await reader.close()
    }
    if (reader.isCut && first > completeSince) completeSince = first
  }
  return { times, completeSince }
}

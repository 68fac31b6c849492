import { type LogLine, LogReader, type LogRange, type LogStart } from './log-reader.js'
import { readLogs } from './read-logs.js'

/** How much of each log is read at first, which is enough for most, and how much more each time it is not. */
const FIRST_BYTES = 256 * 1024
const GROWTH = 8

/** Where the last entries of merged logs are. */
export interface Tail {
  /** By path, where to start to read. The other logs are read from their start. */
  readonly starts: ReadonlyMap<string, LogStart>
  /** How many of the wanted entries that are then read come before the last ones. */
  readonly skip: number
  /** The greatest time of the wanted entries that were found; the end of the range if there are none. */
  readonly newest: string
}

export interface TailOptions extends LogRange {
  /** Returns those entries that count. */
  readonly filter: (lines: readonly LogLine[]) => readonly LogLine[]
  /** Aborted to end the search. The result is useless then. */
  readonly signal: AbortSignal
}

/**
 * Finds the last `count` entries that count of all logs together, in the order in which `readLogs` merges them, reading the logs from their
 * ends. Rejects with a PersonError if a log cannot be read.
 */
export async function findTail(paths: readonly string[], count: number, options: TailOptions): Promise<Tail> {
  let bytes = FIRST_BYTES
  let found = await countNewest(paths, bytes, options)
  while (found.starts.size > 0 && found.complete < count && !options.signal.aborted) {
    bytes *= GROWTH
    found = await countNewest(paths, bytes, options)
  }
  const { starts, total, newest } = found
  return { starts, skip: Math.max(0, total - count), newest }
}

interface Newest extends Omit<Tail, 'skip'> {
  readonly total: number
  /** How many come after the first entry of every log that was not read from its start, so that none is missing between them. */
  readonly complete: number
}

/** Counts the entries that count in the newest `bytes` of each log. */
async function countNewest(
  paths: readonly string[],
  bytes: number,
  { filter, signal, ...range }: TailOptions,
): Promise<Newest> {
  const readers = new Map<string, LogReader>()
  const open = (path: string): LogReader => {
    const reader = new LogReader(path, range, () => undefined, bytes)
    readers.set(path, reader)
    return reader
  }
  let [total, complete, newest] = [0, 0, '']
  const find = (): Promise<readonly string[]> => Promise.resolve(paths)
  for await (const lines of readLogs(find, { ...range, follow: false, signal, clock: () => 0n, open })) {
    const cut = [...readers.values()].filter(({ start }) => start !== undefined)
    const begin = lines.findLastIndex((line) => cut.some(({ first }) => first === line))
    const early = filter(lines.slice(0, Math.max(0, begin)))
    const late = filter(lines.slice(Math.max(0, begin)))
    total += early.length + late.length
    complete = late.length + (begin === -1 ? complete : 0)
    for (const { time } of [...early, ...late]) if (time > newest) newest = time
  }
  const starts = new Map<string, LogStart>()
  for (const [path, { start, first }] of readers) {
    if (start) starts.set(path, start)
    if (start && !first) complete = 0
  }
  return { starts, total, complete, newest: newest === '' ? range.until : newest }
}

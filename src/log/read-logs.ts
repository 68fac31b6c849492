import { setTimeout as delay } from 'node:timers/promises'
import { formatTime } from './entry.js'
import { type LogFeed, mergeFeeds } from './merge-feeds.js'
import { END_OF_TIME, type LogLine, type LogReader } from './log-reader.js'

/** How often a log is checked for new entries: a person does not notice the delay. */
const POLL_INTERVAL_MS = 100

/** How long an entry waits for older ones of other logs: servers write up to 0.1 s after the event, and a busy disk takes longer. */
const HOLD_BACK_NANOSECONDS = 300_000_000n

export interface ReadLogsOptions {
  /** The end of the range of times. */
  readonly until: string
  /** Whether to go on while the logs grow and new ones appear, until the end of the range or until `signal` is aborted. */
  readonly follow: boolean
  readonly signal: AbortSignal
  /** The clock of the servers, in nanoseconds since 1970. */
  readonly clock: () => bigint
  /** Makes the reader of a log. */
  readonly open: (path: string) => LogReader
}

/**
 * Reads logs with their rotated files, merged by time as `mergeFeeds` does it, a few entries at a time. Memory does not grow with the logs. `findPaths` is called
 * again while the logs are followed. Rejects with a PersonError if a log cannot be read.
 */
export async function* readLogs(
  findPaths: () => Promise<readonly string[]>,
  options: ReadLogsOptions,
): AsyncGenerator<LogLine[]> {
  const { until, follow, signal, clock, open } = options
  const feeds = new Map<string, ReaderFeed>()
  const addFeeds = async (): Promise<void> => {
    for (const path of await findPaths()) if (!feeds.has(path)) feeds.set(path, new ReaderFeed(open(path)))
  }
  try {
    await addFeeds()
    while (!signal.aborted) {
      let hasMore = false
      const now = clock()
      for (const feed of feeds.values()) if (await feed.fill(follow ? now : undefined)) hasMore = true
      const ready = mergeFeeds([...feeds.values()])
      if (ready.length > 0) yield ready
      if (ready.length > 0 || hasMore) continue
      if (!follow || until < writtenUntil(now)) return
      await delay(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined)
      await addFeeds()
    }
  } finally {
    for (const { reader } of feeds.values()) await reader.close()
  }
}

/** Until when servers have written what they log. */
function writtenUntil(now: bigint): string {
  return formatTime(now - HOLD_BACK_NANOSECONDS)
}

class ReaderFeed implements LogFeed {
  readonly reader: LogReader
  waiting: LogLine[] = []
  readAt = ''
  readUntil = ''
  latest = ''

  constructor(reader: LogReader) {
    this.reader = reader
  }

  /** Reads on when no entry is waiting. Without `now`, later entries are not waited for. Returns whether there was more to read. */
  async fill(now: bigint | undefined): Promise<boolean> {
    if (this.waiting.length > 0) return false
    const lines = await this.reader.read()
    if (!lines) {
      this.readUntil = now === undefined ? END_OF_TIME : writtenUntil(now)
      return false
    }
    this.waiting = lines
    this.readAt = now === undefined ? END_OF_TIME : formatTime(now)
    return true
  }
}

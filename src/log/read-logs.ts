import { setTimeout as delay } from 'node:timers/promises'
import { formatTime } from './entry.js'
import { type LogFeed, mergeFeeds } from './merge-feeds.js'
import { type LogLine, LogReader } from './log-reader.js'

/** How often a log is checked for new entries: a person does not notice the delay. */
const POLL_INTERVAL_MS = 100

/** How long an entry waits for older ones of other logs: servers write up to 0.1 s after the event, and a busy disk takes longer. */
const HOLD_BACK_NANOSECONDS = 300_000_000n

/** Sorts after every time. */
const END_OF_TIME = '~'

export interface ReadLogsOptions {
  /** Entries with an earlier time are skipped. */
  readonly since: string
  /** Whether to go on while the logs grow, until `signal` is aborted. */
  readonly follow: boolean
  readonly signal: AbortSignal
  /** The clock of the servers, in nanoseconds since 1970. */
  readonly clock: () => bigint
  /** Called for each line that is not an entry. */
  readonly onForeign: () => void
}

/**
 * Reads logs with their rotated files, merged by time, a few entries at a time. Memory does not grow with the logs. Rejects with a PersonError
 * if a log cannot be read.
 */
export async function* readLogs(
  paths: readonly string[],
  options: ReadLogsOptions,
): AsyncGenerator<LogLine[]> {
  const { since, follow, signal, clock, onForeign } = options
  const feeds = paths.map((path) => new ReaderFeed(new LogReader(path, since, onForeign)))
  try {
    while (!signal.aborted) {
      let hasMore = false
      for (const feed of feeds) if (await feed.fill(follow ? clock() : undefined)) hasMore = true
      const ready = mergeFeeds(feeds)
      if (ready.length > 0) yield ready
      else if (!hasMore && !follow) return
      else if (!hasMore) await delay(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    for (const { reader } of feeds) await reader.close()
  }
}

class ReaderFeed implements LogFeed {
  readonly reader: LogReader
  waiting: LogLine[] = []
  readAt = ''
  readUntil = ''

  constructor(reader: LogReader) {
    this.reader = reader
  }

  /** Reads on when no entry is waiting. Without `now`, later entries are not waited for. Returns whether there was more to read. */
  async fill(now: bigint | undefined): Promise<boolean> {
    if (this.waiting.length > 0) return false
    const lines = await this.reader.read()
    if (!lines) {
      this.readUntil = now === undefined ? END_OF_TIME : formatTime(now - HOLD_BACK_NANOSECONDS)
      return false
    }
    this.waiting = lines
    this.readAt = now === undefined ? END_OF_TIME : formatTime(now)
    return true
  }
}

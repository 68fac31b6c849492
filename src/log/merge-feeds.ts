import type { LogLine } from './log-reader.js'

/** One of several logs that are merged. Times are text, as in entries. */
export interface LogFeed {
  /** Entries that were read and not yet merged, oldest first. */
  waiting: LogLine[]
  /** When they were read. */
  readAt: string
  /** No entry older than this will be read. */
  readUntil: string
}

/** Removes entries from the feeds and returns them in order of time. Stops where a feed may still bring an older entry. */
export function mergeFeeds(feeds: readonly LogFeed[]): LogLine[] {
  const ready: LogLine[] = []
  for (let next = oldestOf(feeds); next && isReady(next, feeds); next = oldestOf(feeds)) {
    ready.push(next.line)
    next.feed.waiting.shift()
  }
  return ready
}

interface Head {
  readonly feed: LogFeed
  readonly line: LogLine
}

function oldestOf(feeds: readonly LogFeed[]): Head | undefined {
  let oldest: Head | undefined
  for (const feed of feeds) {
    const [line] = feed.waiting
    if (line && (!oldest || line.time < oldest.line.time)) oldest = { feed, line }
  }
  return oldest
}

function isReady({ feed, line }: Head, feeds: readonly LogFeed[]): boolean {
  // After a clock was set back, there are entries with a future time. They must not hold up the merge.
  const time = line.time < feed.readAt ? line.time : feed.readAt
  return feeds.every(({ waiting, readUntil }) => waiting.length > 0 || time <= readUntil)
}

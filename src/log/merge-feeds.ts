import type { LogLine } from './log-reader.js'

/** One of several logs that are merged. Times are those of entries, as text. */
export interface LogFeed {
  /** What has been read of it and was not taken yet, oldest first. */
  waiting: LogLine[]
  /** When that was read. */
  readAt: string
  /** Nothing older than this is still to come. */
  readUntil: string
}

/** Takes the entries of all feeds in order of time, as far as no feed may still bring an older one. */
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
  // A clock that was set back leaves entries of the future behind, which nobody should have to wait for.
  const time = line.time < feed.readAt ? line.time : feed.readAt
  return feeds.every(({ waiting, readUntil }) => waiting.length > 0 || time <= readUntil)
}

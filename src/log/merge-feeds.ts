import type { LogLine } from './log-reader.js'

/** One of several logs that are merged. Times are text, as in entries. */
export interface LogFeed {
  /** Entries that were read and not yet merged, oldest first. */
  waiting: LogLine[]
  /** When they were read. */
  readAt: string
  /** No entry older than this will be read. */
  readUntil: string
  /** The greatest time of the entries that were merged. */
  latest: string
}

/** Linked servers log something at least this often, because they compare digests every 30 s. */
const LOGGED_EVERY_MS = 60_000

/**
 * Removes entries from the feeds and returns them in order of time. Stops where a feed may still bring an older entry. Entries of one feed
 * keep their order, also where a clock was set back and times get smaller. Servers with the same clock logged up to about the same time before
 * that, so this comes first in all feeds.
 */
export function mergeFeeds(feeds: readonly LogFeed[]): LogLine[] {
  const ready: LogLine[] = []
  for (let next = oldestOf(feeds); next && isReady(next, feeds); next = oldestOf(feeds)) {
    ready.push(next.line)
    if (next.line.time > next.feed.latest) next.feed.latest = next.line.time
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
  let oldestSetBack: Head | undefined
  for (const feed of feeds) {
    const [line] = feed.waiting
    if (!line) continue
    if (line.time < feed.latest) {
      if (!oldestSetBack || line.time < oldestSetBack.line.time) oldestSetBack = { feed, line }
    } else if (!oldest || line.time < oldest.line.time) oldest = { feed, line }
  }
  if (!oldest || !oldestSetBack) return oldest ?? oldestSetBack
  return oldest.line.time <= oldestSetBack.line.time || isBeforeSetBack(oldest, oldestSetBack)
    ? oldest
    : oldestSetBack
}

/** Whether an entry was probably logged before a clock was set back: it is about as late as what the feed of `setBack` has from before. */
function isBeforeSetBack({ line }: Head, setBack: Head): boolean {
  const latest = Date.parse(setBack.feed.latest)
  const setBackMs = latest - Date.parse(setBack.line.time)
  return Math.abs(Date.parse(line.time) - latest) <= Math.min(setBackMs, LOGGED_EVERY_MS)
}

function isReady({ feed, line }: Head, feeds: readonly LogFeed[]): boolean {
  // After a clock was set back, there are entries with a future time. They must not hold up the merge.
  const time = line.time < feed.readAt ? line.time : feed.readAt
  return feeds.every(({ waiting, readUntil }) => waiting.length > 0 || time <= readUntil)
}

import t from 'tap'
import { type LogFeed, mergeFeeds } from '../../src/log/merge-feeds.js'
import type { LogLine } from '../../src/log/log-reader.js'
import { second } from '../fixtures/log.js'

// A feed with an entry for each of the given seconds.
function feed(server: string, seconds: number[], { readAt = 59, readUntil = 0 } = {}): LogFeed {
  const waiting = seconds.map((n): LogLine => ({
    text: `${server}${n}`,
    time: second(n),
    server,
    entry: { kind: 'server', what: 'stopped' },
  }))
  return { waiting, readAt: second(readAt), readUntil: second(readUntil), latest: '' }
}

const cases: Record<string, [feeds: LogFeed[], taken: string[], left: number]> = {
  'no feeds': [[], [], 0],
  'one feed': [[feed('A', [1, 2])], ['A1', 'A2'], 0],
  'two feeds by time': [
    [feed('A', [1, 4], { readUntil: 9 }), feed('B', [2, 3], { readUntil: 9 })],
    ['A1', 'B2', 'B3', 'A4'],
    0,
  ],
  'entries of one time in the order of their feeds': [
    [feed('A', [1], { readUntil: 1 }), feed('B', [1], { readUntil: 1 })],
    ['A1', 'B1'],
    0,
  ],
  'only entries that no empty feed can still precede': [
    [feed('A', [1, 2, 3]), feed('B', [], { readUntil: 2 })],
    ['A1', 'A2'],
    1,
  ],
  'nothing after a feed ran empty': [[feed('A', [1, 3]), feed('B', [2])], ['A1', 'B2'], 1],
  'entries out of order, because a clock was set back, as they stand': [
    [feed('A', [5, 1], { readUntil: 9 }), feed('B', [3], { readUntil: 9 })],
    ['B3', 'A5', 'A1'],
    0,
  ],
  'the feeds of one clock up to where it was set back, and then on from there': [
    [feed('A', [50, 52, 10, 12], { readUntil: 59 }), feed('B', [51, 53, 11, 13], { readUntil: 59 })],
    ['A50', 'B51', 'A52', 'B53', 'A10', 'B11', 'A12', 'B13'],
    0,
  ],
  'a clock that was set back with one that was not': [
    [feed('A', [50, 45, 46], { readUntil: 59 }), feed('B', [49, 56], { readUntil: 59 })],
    ['B49', 'A50', 'A45', 'A46', 'B56'],
    0,
  ],
  'a server that starts after a clock was set back': [
    [feed('A', [50, 10, 30], { readUntil: 59 }), feed('B', [20, 40], { readUntil: 59 })],
    ['B20', 'B40', 'A50', 'A10', 'A30'],
    0,
  ],
  'an entry that is older than the first one after a clock was set back': [
    [{ ...feed('A', [30], { readUntil: 59 }), latest: second(35) }, feed('B', [20, 45], { readUntil: 59 })],
    ['B20', 'A30', 'B45'],
    0,
  ],
  'an entry with a future time without waiting for that time': [
    [feed('A', [50], { readAt: 4 }), feed('B', [], { readUntil: 4 })],
    ['A50'],
    0,
  ],
}

for (const [name, [feeds, taken, left]] of Object.entries(cases))
  t.test(`merges ${name}`, async (t) => {
    t.same(
      mergeFeeds(feeds).map(({ text }) => text),
      taken,
    )
    t.equal(feeds.flatMap(({ waiting }) => waiting).length, left)
  })

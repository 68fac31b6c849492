import t from 'tap'
import { type LogFeed, mergeFeeds } from '../../src/log/merge-feeds.js'
import type { LogLine } from '../../src/log/log-reader.js'
import { second } from '../fixtures/log.js'

// A feed whose entries are made at the given seconds.
function feed(server: string, seconds: number[], { readAt = 59, readUntil = 0 } = {}): LogFeed {
  const waiting = seconds.map((n): LogLine => ({
    text: `${server}${n}`,
    time: second(n),
    server,
    entry: { kind: 'server', what: 'stopped' },
  }))
  return { waiting, readAt: second(readAt), readUntil: second(readUntil) }
}

const cases: Record<string, [feeds: LogFeed[], taken: string[], left: number]> = {
  'nothing of nothing': [[], [], 0],
  'one feed as it is': [[feed('A', [1, 2])], ['A1', 'A2'], 0],
  'two by time': [
    [feed('A', [1, 4], { readUntil: 9 }), feed('B', [2, 3], { readUntil: 9 })],
    ['A1', 'B2', 'B3', 'A4'],
    0,
  ],
  'those of one time in the order of their feeds': [
    [feed('A', [1], { readUntil: 1 }), feed('B', [1], { readUntil: 1 })],
    ['A1', 'B1'],
    0,
  ],
  'none that a feed with nothing waiting may still be before': [
    [feed('A', [1, 2, 3]), feed('B', [], { readUntil: 2 })],
    ['A1', 'A2'],
    1,
  ],
  'none after a feed has run out': [[feed('A', [1, 3]), feed('B', [2])], ['A1', 'B2'], 1],
  'an order that a clock has upset is kept': [
    [feed('A', [5, 1], { readUntil: 9 }), feed('B', [3], { readUntil: 9 })],
    ['B3', 'A5', 'A1'],
    0,
  ],
  'an entry of the future does not have to be waited for': [
    [feed('A', [50], { readAt: 4 }), feed('B', [], { readUntil: 4 })],
    ['A50'],
    0,
  ],
}

for (const [name, [feeds, taken, left]] of Object.entries(cases))
  t.test(`takes ${name}`, async (t) => {
    t.same(
      mergeFeeds(feeds).map(({ text }) => text),
      taken,
    )
    t.equal(feeds.flatMap(({ waiting }) => waiting).length, left)
  })

import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findTail, type Tail, type TailOptions } from '../../src/log/find-tail.js'
import { END_OF_TIME, type LogLine } from '../../src/log/log-reader.js'
import { lineIn, logText } from '../fixtures/log.js'

const time = (n: number): string => `2021-05-19T20:32:03.${String(n).padStart(6, '0')}Z`

/** The text of a log with entries from one number to another. */
const textOf = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, n) =>
    logText(time(from + n), 'Clark', lineIn(String(from + n))),
  ).join('')

function find(
  t: Test,
  files: Record<string, string>,
  count: number,
  options: Partial<TailOptions> = {},
): Promise<Tail> {
  const folder = t.testdir(files)
  const paths = ['A.log', 'B.log'].map((name) => join(folder, name))
  return findTail(paths, count, {
    since: '',
    until: END_OF_TIME,
    filter: (lines) => lines,
    signal: new AbortController().signal,
    ...options,
  })
}

t.test('the last entries of all logs are found', async (t) => {
  const files = { 'A.log': textOf(0, 5), 'B.log': textOf(3, 7), 'B.log.1': textOf(1, 3) }
  const cases: [count: number, since: number | undefined, skip: number][] = [
    [1, 6, 0],
    [2, 5, 0],
    [3, 4, 1],
    [4, 4, 0],
    [11, 0, 0],
    [12, undefined, 0],
  ]
  for (const [count, since, skip] of cases)
    t.same(
      await find(t, files, count),
      { since: since === undefined ? '' : time(since), until: time(6), skip },
      String(count),
    )
  t.same(await find(t, files, 0), { since: END_OF_TIME, until: END_OF_TIME, skip: 0 })
  t.same(await find(t, {}, 3), { since: '', until: END_OF_TIME, skip: 0 })
  t.same(await find(t, files, 2, { since: time(2), until: time(4) }), {
    since: time(4),
    until: time(4),
    skip: 0,
  })
})

t.test('as much of large logs is read as is needed', async (t) => {
  // One entry takes about 110 bytes, so this is twice what is read at first.
  const count = 5_000
  const files = { 'A.log': textOf(0, count), 'B.log': textOf(count, count + 5) }
  let read = 0
  const counting = (lines: readonly LogLine[]): readonly LogLine[] => {
    read += lines.length
    return lines
  }
  t.match(await find(t, files, 10, { filter: counting }), { since: time(count - 5), skip: 0 })
  t.ok(read < 0.6 * count)
  t.match(await find(t, files, count), { since: time(5), skip: 0 }, 'more than is read at first')
  const first = (lines: readonly LogLine[]): readonly LogLine[] =>
    lines.filter((line) => line.time === time(3))
  t.match(await find(t, files, 1, { filter: first }), { since: time(3), until: time(3), skip: 0 })
})

t.test('a log that was read in part does not hide older entries of another one', async (t) => {
  // All of B is older than the part of A that is read at first.
  const files = { 'A.log': textOf(0, 5_000), 'B.log': textOf(0, 5) }
  const old = (lines: readonly LogLine[]): readonly LogLine[] => lines.filter((line) => line.time <= time(6))
  t.match(await find(t, files, 3, { filter: old }), { since: time(4), skip: 1 })
})

t.test('an entry that is longer than what is read at first is found', async (t) => {
  const long = logText(time(1), 'Clark', lineIn('x'.repeat(300_000)))
  t.match(await find(t, { 'A.log': textOf(0, 1) + long }, 1), { since: time(1) })
})

t.test('the search ends when it is asked to', async (t) => {
  const files = { 'A.log': textOf(0, 5_000), 'B.log': '' }
  await t.resolves(find(t, files, 5_000, { signal: AbortSignal.abort() }))
})

t.test('findTail rejects if a log cannot be read', async (t) => {
  const folder = t.testdir({ 'A.log': {} })
  const options = { since: '', until: END_OF_TIME, signal: new AbortController().signal }
  await t.rejects(findTail([join(folder, 'A.log')], 1, { ...options, filter: (lines) => lines }), {
    message: `the log ${folder}/A.log cannot be read: it is a folder`,
  })
})

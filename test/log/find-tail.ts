import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findTail, type TailOptions } from '../../src/log/find-tail.js'
import { END_OF_TIME, type LogLine, LogReader } from '../../src/log/log-reader.js'
import { readLogs } from '../../src/log/read-logs.js'
import { lineIn, logText } from '../fixtures/log.js'

const time = (n: number): string => `2021-05-19T20:32:03.${String(n).padStart(6, '0')}Z`

const numberOf = ({ entry }: LogLine): number => ('line' in entry ? Number(entry.line) : NaN)

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n)

/** The text of a log with entries of these microseconds. */
const textOf = (microseconds: readonly number[]): string =>
  microseconds.map((n) => logText(time(n), 'Clark', lineIn(String(n)))).join('')

/** The last entries of the logs A and B, found and then read. */
async function tail(
  t: Test,
  files: Record<string, string>,
  count: number,
  given: Partial<TailOptions> = {},
): Promise<number[]> {
  const folder = t.testdir(files)
  const paths = ['A.log', 'B.log'].map((name) => join(folder, name))
  const { signal } = new AbortController()
  const filter = (lines: readonly LogLine[]): readonly LogLine[] => lines
  const options: TailOptions = { since: '', until: END_OF_TIME, filter, signal, ...given }
  const { starts, skip, newest } = await findTail(paths, count, options)
  const open = (path: string): LogReader =>
    new LogReader(path, { ...options, until: newest }, () => undefined, starts.get(path))
  const shown: number[] = []
  const reading = { until: newest, follow: false, signal, clock: () => 0n, open }
  for await (const lines of readLogs(async () => paths, reading))
    shown.push(...options.filter(lines).map(numberOf))
  return shown.slice(skip)
}

t.test('the last entries of all logs are found', async (t) => {
  const files = {
    'A.log': textOf(numbers(0, 5)),
    'B.log': textOf(numbers(3, 7)),
    'B.log.1': textOf(numbers(1, 3)),
  }
  const all = [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6]
  for (const count of [0, 1, 2, 3, 4, 11, 12])
    t.same(await tail(t, files, count), count === 0 ? [] : all.slice(-count), String(count))
  t.same(await tail(t, {}, 3), [])
  t.same(await tail(t, files, 3, { since: time(2), until: time(4) }), [3, 4, 4])
})

t.test('as much of large logs is read as is needed', async (t) => {
  // One entry takes about 110 bytes, so this is twice what is read at first.
  const count = 5_000
  const files = { 'A.log': textOf(numbers(0, count)), 'B.log': textOf(numbers(count, count + 5)) }
  let read = 0
  const counting = (lines: readonly LogLine[]): readonly LogLine[] => {
    read += lines.length
    return lines
  }
  t.same(await tail(t, files, 10, { filter: counting }), numbers(count - 5, count + 5))
  t.ok(read < 1.2 * count, 'to find them and then to show them')
  t.same(await tail(t, files, count), numbers(5, count + 5), 'more than is read at first')
  const first = (lines: readonly LogLine[]): readonly LogLine[] =>
    lines.filter((line) => line.time === time(3))
  t.same(await tail(t, files, 1, { filter: first }), [3])
})

t.test('a log that was read in part does not hide older entries of another one', async (t) => {
  // All of B is older than the part of A that is read at first.
  const files = { 'A.log': textOf(numbers(0, 5_000)), 'B.log': textOf(numbers(0, 5)) }
  const old = (lines: readonly LogLine[]): readonly LogLine[] => lines.filter((line) => line.time <= time(6))
  t.same(await tail(t, files, 3, { filter: old }), [4, 5, 6])
  t.same(await tail(t, files, 3, { until: time(6) }), [4, 5, 6])
})

t.test('the entries that were logged last are found after a clock was set back', async (t) => {
  const [before, after] = [numbers(40_000, 45_000), numbers(0, 50)]
  const half = (all: readonly number[], rest: number): number[] => all.filter((n) => n % 2 === rest)
  const files = {
    'A.log': textOf([...half(before, 0), ...half(after, 0)]),
    'B.log': textOf([...half(before, 1), ...half(after, 1)]),
  }
  t.same(await tail(t, files, 10), numbers(40, 50))
  t.same(await tail(t, files, 60), [...numbers(44_990, 45_000), ...after])
  // The clock came to times again that are in the part which is not read at first.
  const again = { 'A.log': textOf([...numbers(0, 5_000), ...numbers(4_000, 4_020)]) }
  t.same(await tail(t, again, 30), [...numbers(4_990, 5_000), ...numbers(4_000, 4_020)])
})

t.test('an entry that is longer than what is read at first is found', async (t) => {
  const long = logText(time(1), 'Clark', { kind: 'refused', who: 'x'.repeat(300_000), line: '1', why: '' })
  t.same(await tail(t, { 'A.log': textOf([0]) + long }, 1), [1])
})

t.test('the search ends when it is asked to', async (t) => {
  const files = { 'A.log': textOf(numbers(0, 5_000)), 'B.log': '' }
  await t.resolves(tail(t, files, 5_000, { signal: AbortSignal.abort() }))
})

t.test('findTail rejects if a log cannot be read', async (t) => {
  const folder = t.testdir({ 'A.log': {} })
  const options = { since: '', until: END_OF_TIME, signal: new AbortController().signal }
  await t.rejects(findTail([join(folder, 'A.log')], 1, { ...options, filter: (lines) => lines }), {
    message: `the log ${folder}/A.log cannot be read: it is a folder`,
  })
})

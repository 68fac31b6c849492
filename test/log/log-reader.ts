import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { END_OF_TIME, LogReader } from '../../src/log/log-reader.js'
import { PersonError } from '../../src/person-error.js'
import { lineIn, logText, second } from '../fixtures/log.js'

// The text of a log with an entry for each of the given seconds.
const textOf = (...seconds: number[]): string =>
  seconds.map((n) => logText(second(n), 'Clark', lineIn(String(n)))).join('')

interface Reading {
  readonly path: string
  /** Returns the seconds of all entries that can be read now. */
  readonly next: () => Promise<number[]>
  readonly foreign: () => number
  readonly reader: LogReader
}

const ALL = { since: '', until: END_OF_TIME }

function read(t: Test, files: Record<string, string>, range = ALL, maxBytes = Infinity): Reading {
  const path = join(t.testdir(files), 'Clark.log')
  let foreign = 0
  const reader = new LogReader(path, range, () => (foreign += 1), maxBytes)
  t.teardown(() => reader.close())
  return { path, next: () => allOf(reader), foreign: () => foreign, reader }
}

async function allOf(reader: LogReader): Promise<number[]> {
  const seconds: number[] = []
  for (let lines = await reader.read(); lines; lines = await reader.read())
    seconds.push(...lines.map(({ time }) => new Date(time).getUTCSeconds()))
  return seconds
}

t.test('an entry comes with its line of JSON', async (t) => {
  const entry = lineIn('k\u00c3\u00afwi')
  const text = logText(second(1), 'Clark', entry)
  const reader = new LogReader(join(t.testdir({ 'Clark.log': text }), 'Clark.log'), ALL, () => void t.fail())
  t.same(await reader.read(), [{ text: text.trimEnd(), time: second(1), server: 'Clark', entry }])
  await reader.close()
})

t.test('rotated files come before the current one', async (t) => {
  const { next } = read(t, {
    'Clark.log': textOf(5, 6),
    'Clark.log.1': textOf(3, 4),
    'Clark.log.2': textOf(1, 2),
  })
  t.same(await next(), [1, 2, 3, 4, 5, 6])
})

t.test('a log that is larger than one chunk is read completely', async (t) => {
  const seconds = Array.from({ length: 3_000 }, (_, n) => n % 60)
  const { next, foreign } = read(t, { 'Clark.log': textOf(...seconds) })
  t.same(await next(), seconds)
  t.equal(foreign(), 0)
})

t.test('lines that are not entries are skipped and reported', async (t) => {
  const torn = textOf(2).slice(0, 40)
  const { path, next, foreign } = read(t, {})
  writeFileSync(path, `${textOf(1)}${torn}\n\n${textOf(3)}`)
  appendFileSync(path, Buffer.from([0xff, 0x0a]))
  t.same(await next(), [1, 3])
  t.equal(foreign(), 3)
})

t.test('a line longer than any entry is skipped without being held in memory', async (t) => {
  const { path, next, foreign } = read(t, { 'Clark.log': '' })
  truncateSync(path, 33 * 1024 * 1024)
  appendFileSync(path, `\n${textOf(1)}`)
  t.same(await next(), [1])
  t.equal(foreign(), 1)
})

t.test('a line is read once its line end was written', async (t) => {
  const { path, next, foreign } = read(t, { 'Clark.log': textOf(1).trimEnd() })
  t.same(await next(), [])
  appendFileSync(path, '\n')
  t.same(await next(), [1])
  t.equal(foreign(), 0)
})

t.test('only entries since a given time are read, and older files are not read', async (t) => {
  const { path, next, foreign } = read(
    t,
    { 'Clark.log': textOf(3, 4, 5), 'Clark.log.1': `not to be read\n${textOf(1, 2)}` },
    { ...ALL, since: second(4) },
  )
  const longAgo = new Date('2021-05-18T20:32:02Z')
  utimesSync(`${path}.1`, longAgo, longAgo)
  t.same(await next(), [4, 5])
  t.equal(foreign(), 0)
})

t.test('a clock that was set back by hours hides no entry of an older file', async (t) => {
  const files = { 'Clark.log': textOf(3, 14), 'Clark.log.1': textOf(9, 15, 2) }
  const { path, next } = read(t, files, { ...ALL, since: second(13) })
  const hoursAgo = new Date('2021-05-19T08:32:02Z')
  utimesSync(`${path}.1`, hoursAgo, hoursAgo)
  t.same(await next(), [15, 14])
})

t.test('reading continues', async (t) => {
  await t.test('while the log is created and grows', async (t) => {
    const { path, next } = read(t, {})
    t.same(await next(), [])
    writeFileSync(path, textOf(1))
    t.same(await next(), [1])
    t.same(await next(), [])
    appendFileSync(path, textOf(2, 3))
    t.same(await next(), [2, 3])
  })
  await t.test('after a rotation', async (t) => {
    const { path, next } = read(t, { 'Clark.log': textOf(1) })
    t.same(await next(), [1])
    appendFileSync(path, textOf(2))
    renameSync(path, `${path}.1`)
    t.same(await next(), [2], 'between the renaming and the new file')
    appendFileSync(`${path}.1`, textOf(3))
    writeFileSync(path, textOf(4))
    t.same(await next(), [3, 4])
  })
  await t.test('after several rotations at once', async (t) => {
    const { path, next } = read(t, { 'Clark.log': textOf(1) })
    t.same(await next(), [1])
    renameSync(path, `${path}.3`)
    writeFileSync(`${path}.2`, textOf(2))
    writeFileSync(`${path}.1`, textOf(3))
    writeFileSync(path, textOf(4))
    t.same(await next(), [2, 3, 4])
  })
  await t.test('after the log was removed', async (t) => {
    const { path, next } = read(t, { 'Clark.log': textOf(2), 'Clark.log.1': textOf(1) })
    const longAgo = new Date('2021-05-19T20:32:01Z')
    utimesSync(`${path}.1`, longAgo, longAgo)
    t.same(await next(), [1, 2])
    rmSync(path)
    t.same(await next(), [])
    writeFileSync(path, textOf(3))
    t.same(await next(), [3])
  })
  await t.test('from the start after the log was truncated', async (t) => {
    const { path, next, foreign } = read(t, { 'Clark.log': `${textOf(1, 2)}{"torn` })
    t.same(await next(), [1, 2])
    truncateSync(path, 0)
    appendFileSync(path, textOf(3))
    t.same(await next(), [3])
    t.equal(foreign(), 0)
  })
  await t.test('from the start after the log was truncated and has grown past its old size', async (t) => {
    const { path, next, foreign } = read(t, { 'Clark.log': `${textOf(1, 2)}{"torn` })
    t.same(await next(), [1, 2])
    truncateSync(path, 0)
    appendFileSync(path, textOf(3, 4, 5, 6))
    t.same(await next(), [3, 4, 5, 6])
    t.equal(foreign(), 0)
  })
  await t.test('from the end after the end of the log was cut off', async (t) => {
    const { path, next } = read(t, { 'Clark.log': textOf(1, 2, 3) })
    t.same(await next(), [1, 2, 3])
    truncateSync(path, textOf(1, 2).length)
    t.same(await next(), [])
    appendFileSync(path, textOf(4))
    t.same(await next(), [4])
  })
  await t.test('after a rotation although the clock was set back', async (t) => {
    const { path, next } = read(t, { 'Clark.log': textOf(5) })
    t.same(await next(), [5])
    renameSync(path, `${path}.1`)
    writeFileSync(path, textOf(3))
    const longAgo = new Date('2021-05-19T20:32:03Z')
    utimesSync(path, longAgo, longAgo)
    t.same(await next(), [3])
  })
  await t.test('with entries of any time, once the log was read', async (t) => {
    const { path, next } = read(t, { 'Clark.log': textOf(4, 5) }, { ...ALL, since: second(5) })
    t.same(await next(), [5])
    appendFileSync(path, textOf(3))
    t.same(await next(), [3], 'the clock was set back')
  })
  await t.test('without reading older files, if the log has nothing in the range', async (t) => {
    const files = { 'Clark.log': textOf(2), 'Clark.log.1': textOf(1) }
    const { path, next } = read(t, files, { ...ALL, since: second(10) })
    const longAgo = new Date('2021-05-18T20:32:02Z')
    for (const file of [path, `${path}.1`]) utimesSync(file, longAgo, longAgo)
    t.same(await next(), [])
    t.same(await next(), [])
    appendFileSync(path, textOf(11))
    t.same(await next(), [11])
  })
})

t.test('files that are rotated while the reader looks for them are read in order, once each', async (t) => {
  const { path, next } = read(t, { 'Clark.log': textOf(2), 'Clark.log.1': textOf(1) })
  // The reader opens these last, and waits until somebody writes to them.
  execFileSync('mkfifo', [`${path}.3`, `${path}.4`])
  const reading = next()
  const writer = await open(`${path}.3`, 'w')
  writeFileSync(`${path}.new`, textOf(3))
  for (const [from, to] of [
    ['.1', '.2'],
    ['', '.1'],
    ['.new', ''],
  ])
    renameSync(`${path}${from}`, `${path}${to}`)
  const other = openSync(`${path}.4`, 'r+')
  for (const age of [3, 4]) rmSync(`${path}.${age}`)
  closeSync(other)
  await writer.close()
  t.same(await reading, [1, 2, 3])
  t.same(await next(), [])
})

t.test('entries after a range are skipped', async (t) => {
  const { next } = read(t, { 'Clark.log': textOf(1, 2, 3, 4) }, { since: second(2), until: second(3) })
  t.same(await next(), [2, 3])
})

t.test('a reader can be limited to the newest bytes', async (t) => {
  const files = { 'Clark.log': textOf(5, 6), 'Clark.log.1': textOf(3, 4), 'Clark.log.2': textOf(1, 2) }
  const one = textOf(1).length
  const cases: [maxBytes: number, seconds: number[]][] = [
    [6 * one, [1, 2, 3, 4, 5, 6]],
    [6 * one - 1, [2, 3, 4, 5, 6]],
    [4 * one, [3, 4, 5, 6]],
    [3 * one, [4, 5, 6]],
    [2 * one + 1, [5, 6]],
    [one, [6]],
    [1, []],
  ]
  for (const [maxBytes, seconds] of cases) {
    const { next, foreign, reader } = read(t, files, ALL, maxBytes)
    t.same(await next(), seconds, String(maxBytes))
    t.equal(reader.start !== undefined, maxBytes < 6 * one)
    t.equal(foreign(), 0)
  }
})

t.test('a reader can start where another one has started', async (t) => {
  const files = { 'Clark.log': textOf(3, 4), 'Clark.log.1': textOf(1, 2) }
  const { path, next, reader } = read(t, files, ALL, 3 * textOf(1).length)
  t.same(await next(), [2, 3, 4])
  const start = reader.start ?? Infinity
  const from = async (): Promise<number[]> => {
    const again = new LogReader(path, ALL, () => void t.fail(), start)
    const lines = await allOf(again)
    await again.close()
    return lines
  }
  appendFileSync(path, textOf(5))
  t.same(await from(), [2, 3, 4, 5])
  renameSync(`${path}.1`, `${path}.2`)
  renameSync(path, `${path}.1`)
  writeFileSync(path, textOf(6))
  t.same(await from(), [2, 3, 4, 5, 6])
  rmSync(`${path}.2`)
  t.same(await from(), [3, 4, 5, 6])
})

t.test('a file that is renamed while the reader looks for files is read once', async (t) => {
  const { path, next } = read(t, { 'Clark.log': textOf(2) })
  // The reader sees the file under both names.
  linkSync(path, `${path}.1`)
  writeFileSync(`${path}.2`, textOf(1))
  t.same(await next(), [1, 2])
})

t.test('read rejects if the log cannot be read', async (t) => {
  const path = join(t.testdir({ 'Clark.log': {} }), 'Clark.log')
  const reader = new LogReader(path, ALL, () => void t.fail())
  await t.rejects(reader.read(), new PersonError(`the log ${path} cannot be read: it is a folder`))
  await reader.close()
})

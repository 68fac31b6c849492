import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openLog } from '../../src/log/log.js'
import { END_OF_TIME, LogReader } from '../../src/log/log-reader.js'
import { readLogs, type ReadLogsOptions } from '../../src/log/read-logs.js'
import { PersonError } from '../../src/person-error.js'
import { systemClock } from '../../src/server/clock.js'
import { lineIn, logText, second, until } from '../fixtures/log.js'

interface Reading extends Omit<ReadLogsOptions, 'open'> {
  readonly since: string
  readonly onForeign: () => void
}

const options: Reading = {
  since: '',
  until: END_OF_TIME,
  follow: false,
  signal: new AbortController().signal,
  clock: () => 0n,
  onForeign: () => undefined,
}

const textOf = (server: string, ...seconds: number[]): string =>
  seconds.map((n) => logText(second(n), server, lineIn(`${server}${n}`))).join('')

// Reads until the end, and adds the line of each entry to `lines` as it comes.
async function read(
  folder: string,
  servers: string[],
  readOptions: Partial<Reading> = {},
  lines: string[] = [],
): Promise<string[]> {
  const paths = servers.map((server) => join(folder, `${server}.log`))
  const reading = { ...options, ...readOptions }
  const open = (path: string): LogReader => new LogReader(path, reading, reading.onForeign)
  for await (const ready of readLogs(async () => paths, { ...reading, open }))
    for (const { entry } of ready) if ('line' in entry) lines.push(entry.line)
  return lines
}

t.test('logs are merged by time with their rotated files', async (t) => {
  const folder = t.testdir({
    'A.log': textOf('A', 5, 9),
    'A.log.1': textOf('A', 1, 3),
    'B.log': textOf('B', 2, 7, 8),
    'C.log': `no entry\n${textOf('C', 4, 6)}`,
  })
  let foreign = 0
  const onForeign = (): void => void (foreign += 1)
  t.same(await read(folder, ['A', 'B', 'C'], { onForeign }), 'A1 B2 A3 C4 A5 C6 B7 B8 A9'.split(' '))
  t.equal(foreign, 1)
  t.same(await read(folder, ['A', 'B'], { since: second(7) }), ['B7', 'B8', 'A9'])
  t.same(await read(folder, ['Elm']), [], 'a missing log counts as empty')
})

t.test('logs larger than one chunk are merged', async (t) => {
  const time = (n: number): string => `2021-05-19T20:32:03.${String(n).padStart(6, '0')}Z`
  const write = (server: string, first: number): string =>
    Array.from({ length: 2_000 }, (_, n) =>
      logText(time(2 * n + first), server, lineIn(String(2 * n + first))),
    ).join('')
  const folder = t.testdir({ 'A.log': write('A', 0), 'B.log': write('B', 1) })
  t.same(
    await read(folder, ['A', 'B']),
    Array.from({ length: 4_000 }, (_, n) => String(n)),
  )
})

t.test('readLogs rejects if a log cannot be read', async (t) => {
  await t.rejects(read(t.testdir({ 'A.log': {} }), ['A']), PersonError)
})

t.test('followed logs', async (t) => {
  await t.test('are merged although servers write with a delay', async (t) => {
    const folder = t.testdir({ 'A.log': textOf('A', 5) })
    const stop = new AbortController()
    let milliseconds = Date.parse(second(5))
    let looks = 0
    const clock = (): bigint => {
      looks += 1
      return BigInt(milliseconds) * 1_000_000n
    }
    const lines: string[] = []
    const reading = read(folder, ['A', 'B'], { follow: true, signal: stop.signal, clock }, lines)
    await until(() => looks > 6)
    t.same(lines, [], 'an older entry may still come')
    writeFileSync(join(folder, 'B.log'), textOf('B', 4))
    await until(() => lines.length === 1)
    milliseconds += 299
    looks = 0
    await until(() => looks > 4)
    t.same(lines, ['B4'])
    milliseconds += 1
    await until(() => lines.length === 2)
    t.same(lines, ['B4', 'A5'])
    stop.abort()
    await reading
  })

  await t.test('lose no entry at rotations', async (t) => {
    const folder = t.testdir()
    const stop = new AbortController()
    const clock = systemClock()
    const path = join(folder, 'A.log')
    const log = await openLog({
      path,
      server: 'A',
      clock,
      level: 'wire',
      onFault: (why) => void t.fail(why),
    })
    const lines: string[] = []
    const reading = read(folder, ['A'], { follow: true, signal: stop.signal, clock }, lines)
    const padding = ' '.repeat(1024 * 1024)
    const sent = Array.from({ length: 25 }, (_, n) => `${n}${padding}`)
    for (const line of sent) {
      log.write(lineIn(line))
      await log.flush()
    }
    await until(() => lines.length === sent.length)
    t.equal(lines.join('') === sent.join(''), true)
    stop.abort()
    await reading
    await log.close()
  })

  await t.test('include those that appear later', async (t) => {
    const folder = t.testdir({ 'A.log': textOf('A', 1) })
    const stop = new AbortController()
    const lines: string[] = []
    const paths = [join(folder, 'A.log')]
    const reading = (async () => {
      const open = (path: string): LogReader => new LogReader(path, options, () => undefined)
      const reading = { ...options, follow: true, signal: stop.signal, clock: systemClock(), open }
      for await (const ready of readLogs(async () => paths, reading))
        for (const { entry } of ready) if ('line' in entry) lines.push(entry.line)
    })()
    await until(() => lines.length === 1)
    writeFileSync(join(folder, 'B.log'), textOf('B', 2, 3))
    paths.push(join(folder, 'B.log'))
    await until(() => lines.length === 3)
    t.same(lines, ['A1', 'B2', 'B3'])
    stop.abort()
    await reading
  })

  await t.test('end with their range', async (t) => {
    const folder = t.testdir({ 'A.log': textOf('A', 1, 2, 3) })
    let milliseconds = Date.parse(second(2))
    const clock = (): bigint => BigInt((milliseconds += 100)) * 1_000_000n
    t.same(await read(folder, ['A'], { follow: true, until: second(2), clock }), ['A1', 'A2'])
    t.equal(milliseconds, Date.parse(second(2)) + 400, 'what servers write with a delay is waited for')
  })

  await t.test('are not read if the signal is already aborted', async (t) => {
    const folder = t.testdir({ 'A.log': textOf('A', 1) })
    t.same(await read(folder, ['A'], { signal: AbortSignal.abort() }), [])
  })
})

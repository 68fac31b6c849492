import { readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { LogLevel } from '../../src/log/entry.js'
import { type Log, type LogOptions, openLog } from '../../src/log/log.js'
import type { PeerLog } from '../../src/log/together.js'
import { PersonError } from '../../src/person-error.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { lineIn } from '../fixtures/log.js'

async function open(t: Test, path: string, options: Partial<LogOptions> = {}): Promise<Log> {
  const clock = (): bigint => 1_621_464_827_959_498_503n
  const log = await openLog({
    path,
    server: 'Clark',
    clock,
    level: 'wire',
    onFault: (words) => void t.fail(words),
    ...options,
  })
  t.teardown(() => log.close())
  return log
}

/** A line, latin1, is given to be logged. */
function take(log: PeerLog['in'] | undefined, line: string): void {
  log?.(toBytes(`<${line}>`), 1, 1 + line.length)
}

const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1)

t.test('an entry is a JSON object a line, its time first', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  const log = await open(t, path)
  log.write(lineIn('IAMAT kiwi +34.06-118.44 1621464827.9'))
  log.write({ kind: 'client', what: 'closed', who: '127.0.0.1:50112' })
  await log.flush()
  t.same(linesOf(path), [
    '{"time":"2021-05-19T22:53:47.959498Z","server":"Clark","kind":"in","peer":"client","who":"127.0.0.1:50112","line":"IAMAT kiwi +34.06-118.44 1621464827.9"}',
    '{"time":"2021-05-19T22:53:47.959498Z","server":"Clark","kind":"client","what":"closed","who":"127.0.0.1:50112"}',
  ])
})

t.test('only what its level lets through is logged', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  const log = await open(t, path, { level: 'links' })
  log.write(lineIn('IAMAT'))
  log.write({ kind: 'link', neighbour: 'Bernard', what: 'up' })
  await log.flush()
  t.equal(linesOf(path).length, 1)
})

t.test('what is not logged at all is told, so that nobody need ready it', async (t) => {
  const peersLogged = async (level: LogLevel): Promise<string[]> => {
    const log = await open(t, join(t.testdir(), 'Clark.log'), { level })
    return (['client', 'neighbour'] as const).filter((peer) => log.peer(peer, 'kiwi'))
  }
  t.same(await peersLogged('wire'), ['client', 'neighbour'])
  t.same(await peersLogged('clients'), ['client'])
  t.same(await peersLogged('links'), [])
})

t.test('lines of one turn, alike but for their text, are written together, with one time', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  let nanoseconds = 0n
  const log = await open(t, path, { clock: () => (nanoseconds += 1_000n) })
  nanoseconds = 0n
  const who = '127.0.0.1:50112'
  const [client, bernard] = [log.peer('client', who), log.peer('neighbour', 'Bernard')]
  for (const line of ['one', 'two', 'k\u00c3\u00afwi', 'three']) take(client?.in, line)
  take(bernard?.out, 'AT Clark')
  take(bernard?.out, 'AT Oak')
  log.write({ kind: 'client', what: 'closed', who })
  take(client?.in, 'last')
  await log.flush()
  t.equal(linesOf(path).length, 6)
  take(client?.in, 'the very last')
  await log.close()
  const asRead = linesOf(path).map((line) =>
    line.replace('1970-01-01T00:00:00.', '').replace(`"${who}"`, 'kiwi'),
  )
  t.same(asRead, [
    '{"time":"000001Z","server":"Clark","kind":"in","peer":"client","who":kiwi,"lines":["one","two"]}',
    '{"time":"000002Z","server":"Clark","kind":"in","peer":"client","who":kiwi,"line":"kïwi"}',
    '{"time":"000003Z","server":"Clark","kind":"in","peer":"client","who":kiwi,"line":"three"}',
    '{"time":"000003Z","server":"Clark","kind":"out","peer":"neighbour","who":"Bernard","lines":["AT Clark","AT Oak"]}',
    '{"time":"000004Z","server":"Clark","kind":"client","what":"closed","who":kiwi}',
    '{"time":"000005Z","server":"Clark","kind":"in","peer":"client","who":kiwi,"line":"last"}',
    '{"time":"000006Z","server":"Clark","kind":"in","peer":"client","who":kiwi,"line":"the very last"}',
  ])
})

t.test('the folder is created for its owner alone', async (t) => {
  const state = join(t.testdir(), 'state')
  await open(t, join(state, 'logs', 'Clark.log'))
  for (const folder of [state, join(state, 'logs')]) t.equal(statSync(folder).mode & 0o777, 0o700)
})

t.test('a folder that is removed is made again, and the log says so', async (t) => {
  const folder = join(t.testdir(), 'logs')
  const path = join(folder, 'Clark.log')
  const log = await open(t, path)
  log.write(lineIn('one'))
  await log.flush()
  rmSync(folder, { recursive: true })
  log.write(lineIn('two'))
  await log.flush()
  const [two, told, ...others] = linesOf(path)
  t.match(two, '"line":"two"')
  t.match(
    told,
    '"kind":"server","what":"fault","why":"the log was removed or moved away, and goes on in a new file"',
  )
  t.same(others, [])
})

t.test('a log that cannot be written is told at once', async (t) => {
  const folder = t.testdir({ file: '', 'Clark.log': {} })
  const cases: [path: string, words: string][] = [
    [join(folder, 'Clark.log'), 'a folder is in its place'],
    [join(folder, 'file', 'Clark.log'), 'a file is where its folder should be'],
    [join(folder, 'file', 'logs', 'Clark.log'), 'a file is where its folder should be'],
  ]
  for (const [path, words] of cases)
    await t.rejects(
      open(t, path),
      new PersonError(`the log ${path} cannot be written: ${words}`, 'name another folder with --state'),
    )
})

t.test('entries that a full disk does not take are counted', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  symlinkSync('/dev/full', path)
  const faults: string[] = []
  const log = await open(t, path, { onFault: (words) => faults.push(words) })
  const mebibyte = lineIn('x'.repeat(1024 * 1024))
  for (let n = 0; n < 18; n += 1) log.write(mebibyte)
  const client = log.peer('client', '127.0.0.1:50112')
  for (const line of ['three', 'four', 'five']) take(client?.in, line)
  await log.flush()
  t.same(faults, [`the log ${path} cannot be written: the disk is full`])
  rmSync(path)
  await log.flush()
  for (const line of ['one', 'two']) log.write(lineIn(line))
  await log.close()
  log.write(lineIn('after it was closed'))
  const kept = [...linesOf(`${path}.1`), ...linesOf(path)]
  t.equal(kept.length, 16 + 4)
  t.match(
    kept[16],
    '"kind":"server","what":"fault","why":"the log is written again; it could not be: the disk is full"',
  )
  t.match(
    kept[17],
    '"kind":"server","what":"fault","why":"entries that the disk did not take are missing here: 5"',
  )
  t.match(kept[18], '"one"')
  t.match(kept[19], '"two"')
})

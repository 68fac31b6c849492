import { readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { LogLevel } from '../../src/log/entry.js'
import { type Log, type LogOptions, openLog } from '../../src/log/log.js'
import type { PeerLog } from '../../src/log/peer-log.js'
import { PersonError } from '../../src/person-error.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { lineIn } from '../fixtures/log.js'

async function openIn(t: Test, path: string, options: Partial<LogOptions> = {}): Promise<Log> {
  const clock = (): bigint => 1_621_464_827_959_498_503n
  const log = await openLog({
    path,
    server: 'Clark',
    clock,
    level: 'wire',
    onFault: (why) => void t.fail(why),
    ...options,
  })
  t.teardown(() => log.close())
  return log
}

/** Logs a line, given as latin1 text. */
function logLine(log: PeerLog['in'] | undefined, line: string): void {
  log?.(toBytes(`<${line}>`), 1, 1 + line.length)
}

const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1)

t.test('each entry is one JSON object on its own line, its time first', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  const log = await openIn(t, path)
  log.write(lineIn('IAMAT kiwi +34.06-118.44 1621464827.9'))
  log.write({ kind: 'client', what: 'closed', who: '127.0.0.1:50112' })
  await log.flush()
  t.same(linesOf(path), [
    '{"time":"2021-05-19T22:53:47.959498Z","server":"Clark","kind":"in","peer":"client","who":"127.0.0.1:50112","line":"IAMAT kiwi +34.06-118.44 1621464827.9"}',
    '{"time":"2021-05-19T22:53:47.959498Z","server":"Clark","severity":"info","kind":"client","what":"closed","who":"127.0.0.1:50112"}',
  ])
})

t.test('entries that the level excludes are not logged', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  const log = await openIn(t, path, { level: 'links' })
  log.write(lineIn('IAMAT'))
  log.write({ kind: 'link', neighbour: 'Bernard', what: 'up' })
  await log.flush()
  t.equal(linesOf(path).length, 1)
})

t.test('a peer whose lines the level excludes has no log', async (t) => {
  const peersLogged = async (level: LogLevel): Promise<string[]> => {
    const log = await openIn(t, join(t.testdir(), 'Clark.log'), { level })
    return (['client', 'neighbour'] as const).filter((peer) => log.peer(peer, 'kiwi'))
  }
  t.same(await peersLogged('wire'), ['client', 'neighbour'])
  t.same(await peersLogged('clients'), ['client'])
  t.same(await peersLogged('links'), [])
})

t.test('lines from and to peers are logged with other entries in the order of the events', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  const log = await openIn(t, path)
  const [client, bernard] = [log.peer('client', '127.0.0.1:50112'), log.peer('neighbour', 'Bernard')]
  logLine(client?.in, 'one')
  logLine(bernard?.out, 'two')
  log.write({ kind: 'client', what: 'closed', who: '127.0.0.1:50112' })
  logLine(bernard?.in, 'k\u00c3\u00afwi')
  logLine(client?.out, 'last')
  await log.close()
  const time = '{"time":"2021-05-19T22:53:47.959498Z","server":"Clark",'
  t.same(linesOf(path), [
    `${time}"kind":"in","peer":"client","who":"127.0.0.1:50112","line":"one"}`,
    `${time}"kind":"out","peer":"neighbour","who":"Bernard","line":"two"}`,
    `${time}"severity":"info","kind":"client","what":"closed","who":"127.0.0.1:50112"}`,
    `${time}"kind":"in","peer":"neighbour","who":"Bernard","line":"kïwi"}`,
    `${time}"kind":"out","peer":"client","who":"127.0.0.1:50112","line":"last"}`,
  ])
})

t.test('the folder is created with access for its owner only', async (t) => {
  const state = join(t.testdir(), 'state')
  await openIn(t, join(state, 'logs', 'Clark.log'))
  for (const folder of [state, join(state, 'logs')]) t.equal(statSync(folder).mode & 0o777, 0o700)
})

t.test('a folder that was removed is created again, and the log says so', async (t) => {
  const folder = join(t.testdir(), 'logs')
  const path = join(folder, 'Clark.log')
  const log = await openIn(t, path)
  log.write(lineIn('one'))
  await log.flush()
  rmSync(folder, { recursive: true })
  log.write(lineIn('two'))
  await log.flush()
  const [two, fault, ...others] = linesOf(path)
  t.match(two, '"line":"two"')
  t.match(
    fault,
    '"kind":"server","what":"recovered","why":"the log was removed or moved away, so logging continues in a new file"',
  )
  t.same(others, [])
})

t.test('openLog rejects when the log cannot be written', async (t) => {
  const folder = t.testdir({ file: '', 'Clark.log': {} })
  const cases: [path: string, why: string][] = [
    [join(folder, 'Clark.log'), 'it is a folder'],
    [join(folder, 'file', 'Clark.log'), 'a file is where its folder should be'],
    [join(folder, 'file', 'logs', 'Clark.log'), 'a file is where its folder should be'],
  ]
  for (const [path, why] of cases)
    await t.rejects(
      openIn(t, path),
      new PersonError(`the log ${path} cannot be written: ${why}`, 'name another folder with --state'),
    )
})

t.test('entries that a full disk cannot take are dropped, and their number is logged', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  symlinkSync('/dev/full', path)
  const faults: string[] = []
  const log = await openIn(t, path, { onFault: (why) => faults.push(why) })
  const mebibyte = lineIn('x'.repeat(1024 * 1024))
  for (let n = 0; n < 18; n += 1) log.write(mebibyte)
  const client = log.peer('client', '127.0.0.1:50112')
  for (const line of ['three', 'four', 'five']) logLine(client?.in, line)
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
    '"kind":"server","what":"fault","why":"log entries dropped here because the disk was full or too slow: 5"',
  )
  t.match(
    kept[17],
    '"kind":"server","what":"recovered","why":"the log can be written again; before, it could not: the disk is full"',
  )
  t.match(kept[18], '"one"')
  t.match(kept[19], '"two"')
})

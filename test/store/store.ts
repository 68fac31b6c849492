import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { PersonError } from '../../src/person-error.js'
import { Chance } from '../fixtures/chance.js'
import { floodAlone } from '../fixtures/floods.js'
import { limitFiles } from '../fixtures/full-disk.js'
import { until } from '../fixtures/log.js'
import { report } from '../fixtures/reports.js'
import { compactFolder, contentOf, fill, lineOf, open, reportOf, writtenIn } from '../fixtures/store.js'

t.test('the newest report of each client is on disk, whatever the bytes of its ID', async (t) => {
  const folder = join(t.testdir(), 'data', 'Clark')
  const clients = ['kiwi', '\x01', '!', '\xff\xa0\x85', 'x'.repeat(4_000)]
  const newest = new Map(clients.map((client) => [client, `AT Oak -0.5 ${client} +34.06-118.44 2`]))
  const { store, put, loaded } = await open(folder)
  t.equal(loaded.size, 0)
  for (const client of clients) put(report(`AT Clark +0.5 ${client} +34.06-118.44 1`))
  t.equal(await store.committed(), true)
  t.ok(store.figures.bytes > 4_000)
  t.equal(store.figures.failedCommits, 0)
  for (const line of newest.values()) put(report(line))
  await store.close()
  t.equal(store.figures.bytes, 0)
  const content = await contentOf(folder)
  t.same(content.loaded, newest)
  t.same(content.messages, [])
})

t.test('loaded reports are not written again', async (t) => {
  const folder = t.testdir()
  const { store, put } = await open(folder)
  put(reportOf(1))
  put(reportOf(2))
  await store.close()
  const again = await open(folder)
  again.put(reportOf(2, 2))
  await again.store.close()
  t.same(writtenIn(folder), [lineOf(1), lineOf(2), lineOf(2, 2)])
})

t.test('what expires before it is written is not written, and compaction leaves out the rest', async (t) => {
  const folder = t.testdir()
  const { store, put, reports } = await open(folder)
  put(reportOf(1, 9))
  reports.receive(reportOf(2, 9))
  reports.receive(reportOf(3, 10))
  reports.expiry.moveCutoff({ cutoff: 10, step: 1 })
  reports.slices.work(1_000)
  await store.close()
  t.same(writtenIn(folder), [lineOf(1, 9), lineOf(3, 10)])
  const flood = floodAlone('Clark')
  flood.expiry.moveCutoff({ cutoff: 10, step: 1 })
  await compactFolder(folder, flood)
  t.same(writtenIn(folder, /snapshot$/), [lineOf(3, 10)])
})

t.test('a report is in the hands of the system at once, without a request for a commit', async (t) => {
  const folder = t.testdir()
  const { store, put } = await open(folder)
  put(reportOf(1))
  put(reportOf(2))
  t.same(writtenIn(folder), [lineOf(1), lineOf(2)])
  await store.close()
  t.equal((await contentOf(folder)).loaded.size, 2)
})

t.test('simultaneous requests share one commit', async (t) => {
  const { store, put } = await open(t.testdir())
  put(reportOf(1))
  const first = store.committed()
  put(reportOf(2))
  t.equal(store.committed(), first)
  t.equal(await first, true)
  t.not(store.committed(), first)
  t.equal(await store.committed(), true, 'also when nothing waits')
  await store.close()
})

t.test('many reports are committed in parts, and those that arrive meanwhile follow', async (t) => {
  const folder = t.testdir()
  const { store, put } = await open(folder)
  for (let n = 0; n < 2_500; n += 1) put(reportOf(n, 1))
  const first = store.committed()
  await new Promise(setImmediate)
  put(reportOf(7, 2))
  t.equal(await first, true)
  await store.close()
  const { loaded } = await contentOf(folder)
  t.equal(loaded.size, 2_500)
  t.equal(loaded.get('client-7'), lineOf(7, 2))
})

/** Receives a report from a neighbour. */
function passed(reports: Flood, line: string): void {
  reports.receive(report(line), NEIGHBOUR)
}

const NEIGHBOUR = 'Oak'

for (const kind of ['local', 'proxyherd'] as const)
  t.test(
    `reports from a ${kind} neighbour, which stores them too, are committed after some time`,
    async (t) => {
      const folder = t.testdir()
      const { store, reports } = await open(folder, { deferMs: 20 })
      reports.linkUp(NEIGHBOUR, kind)
      passed(reports, lineOf(7))
      store.flush()
      t.equal(await store.committed(), true)
      t.same(readdirSync(folder), ['LOCK'], 'not yet')
      await until(() => readdirSync(folder).length > 1 && writtenIn(folder).length === 1)
      await store.close()
    },
  )

t.test('reports from a neighbour of another program are written at once', async (t) => {
  const folder = t.testdir()
  const { store, reports } = await open(folder)
  reports.linkUp(NEIGHBOUR, 'plain')
  passed(reports, lineOf(7))
  store.flush()
  t.equal(writtenIn(folder).length, 1)
  await store.close()
})

t.test('by default that time is long, and closing does not wait for it', async (t) => {
  const folder = t.testdir()
  const { store, reports } = await open(folder)
  reports.linkUp(NEIGHBOUR, 'local')
  passed(reports, lineOf(7))
  store.flush()
  await store.close()
  const { loaded } = await contentOf(folder)
  t.same([...loaded.keys()], ['client-7'])
})

t.test("a client's report meanwhile is committed at once, and not again later", async (t) => {
  const folder = t.testdir()
  const { store, reports, put } = await open(folder)
  reports.linkUp(NEIGHBOUR, 'local')
  passed(reports, lineOf(7))
  put(reportOf(7, 2))
  t.equal(await store.committed(), true)
  await store.close()
  t.equal(writtenIn(folder).length, 1)
})

t.test('with a wait of 0, reports of neighbours are committed at once', async (t) => {
  const folder = t.testdir()
  const { store, reports } = await open(folder, { deferMs: 0 })
  reports.linkUp(NEIGHBOUR, 'local')
  passed(reports, lineOf(7))
  t.equal(await store.committed(), true)
  t.equal(writtenIn(folder).length, 1)
  await store.close()
})

t.test('a closed store writes nothing more, and is closed once', async (t) => {
  const folder = t.testdir()
  const { store, put, messages } = await open(folder)
  put(reportOf(7))
  t.equal(await store.close(), 0)
  put(reportOf(8))
  store.flush()
  t.equal(await store.close(), 0)
  const { loaded } = await contentOf(folder)
  t.same([...loaded.keys()], ['client-7'])
  t.same(messages, [])
})

t.test('a second process cannot open a folder in use until the first is killed', async (t) => {
  const folder = t.testdir()
  const refused = new PersonError(
    `the data in ${folder} are in use by another process`,
    `see which with "lsof ${folder}", or keep nothing on disk with --no-store`,
  )
  const { lines, kill } = writer(folder)
  t.equal((await lines.next()).value, 'open')
  await t.rejects(open(folder), refused)
  await kill()
  const { store } = await open(folder)
  await t.rejects(open(folder), refused, 'in one process too')
  await store.close()
})

t.test('committed reports survive a kill -9 at any time', async (t) => {
  const folder = t.testdir()
  const chance = new Chance(1)
  for (let round = 0; round < 2; round += 1) {
    const { lines, kill } = writer(folder)
    t.equal((await lines.next()).value, 'open')
    for (let left = chance.below(200); left > 0; left -= 1) await lines.next()
    await kill()
    let committed = -1
    for await (const line of lines) committed = Number(line)
    const { loaded, messages } = await contentOf(folder)
    const lost = Array.from({ length: committed + 1 }, (_, n) => n).filter((n) => !loaded.has(`client-${n}`))
    t.same(lost, [], `of ${committed}`)
    t.same(messages, [])
  }
})

function writer(folder: string): { lines: AsyncIterableIterator<string>; kill: () => Promise<void> } {
  const program = join(import.meta.dirname, '../fixtures/store-writer.js')
  const child = spawn(process.execPath, [...process.execArgv, program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  return {
    lines: createInterface(child.stdout)[Symbol.asyncIterator](),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

t.test('a folder that cannot be made, or holds anything else, is reported at once', async (t) => {
  const folder = t.testdir({ file: '', Oak: {}, holiday: { 'beach.jpg': '' } })
  await fill(join(folder, 'Oak'), 'Oak', [lineOf(1)])
  for (const [name, words] of [
    ['file', 'a file is where its folder should be'],
    ['file/Clark', 'a file is where its folder should be'],
    ['Oak', 'are those of Oak, not Clark'],
    ['holiday', 'holds no data of proxyherd'],
  ] as const)
    await t.rejects(open(join(folder, name)), { name: 'PersonError', message: new RegExp(words) })
})

t.test(
  'a full disk is reported once, and reports are kept in memory and written when there is room',
  async (t) => {
    const folder = t.testdir()
    const { store, put, messages } = await open(folder)
    put(reportOf(0))
    await store.committed()
    const room = limitFiles(10_000)
    for (let n = 1; n < 1_000; n += 1) put(reportOf(n, 1))
    const first = store.committed()
    await new Promise(setImmediate)
    put(reportOf(7, 2))
    t.equal(await first, false)
    t.equal(await store.committed(), false)
    t.same(messages, [`the data in ${folder} cannot be written: the file is too large`])
    room()
    await until(() => messages.length > 1)
    t.same(messages.slice(1), [`the data in ${folder} are written again`])
    limitFiles(10_000)
    for (let n = 1_000; n < 2_000; n += 1) put(reportOf(n))
    await store.close()
    room()
    t.equal(messages[3], `stopped with reports that could not be saved in ${folder}: 1000`)
    const content = await contentOf(folder)
    t.equal(content.loaded.size, 1_000)
    t.equal(content.loaded.get('client-7'), lineOf(7, 2))
    t.same(content.messages, [])
  },
)

t.test('a file that is removed from a folder that had not changed for long is noticed', async (t) => {
  const folder = t.testdir()
  const { store, put, messages } = await open(folder)
  put(reportOf(1))
  t.equal(await store.committed(), true)
  utimesSync(folder, 1_000, 1_000)
  // The second time it has not changed since the first.
  for (let times = 0; times < 2; times += 1) t.equal(await store.committed(), true)
  rmSync(join(folder, '00000001.journal'))
  t.equal(await store.committed(), false)
  t.match(messages, [/files in the folder were removed/])
  t.equal(await store.committed(), true, 'it is written anew')
  await store.close()
})

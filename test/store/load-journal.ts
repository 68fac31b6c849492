import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Flood } from '../../src/flood/flood.js'
import { Memory } from '../../src/memory/memory.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { MAX_REPORT_BYTES } from '../../src/protocol/report.js'
import { BlockWriter } from '../../src/store/block.js'
import { openJournal } from '../../src/store/open-journal.js'
import { KEYS } from '../fixtures/memory.js'
import { lineIn, report, statement } from '../fixtures/reports.js'
import { compactFolder, contentOf, fill, lineOf, open } from '../fixtures/store.js'
import { tableOf } from '../fixtures/wire.js'

/** A folder with one report, to whose last file a block with some lines was added. */
async function withBlock(t: Test, ...lines: string[]): Promise<string> {
  const folder = join(t.testdir(), 'Clark')
  await fill(folder, 'Clark', [lineOf(0)])
  const block = new BlockWriter()
  for (const line of lines) block.add({ bytes: toBytes(line), start: 0, end: line.length })
  appendFileSync(join(folder, String(readdirSync(folder).at(-1))), block.take())
  return folder
}

t.test('reports in other notations of the protocol are read too', async (t) => {
  const folder = await withBlock(t, lineOf(1), 'AT  Clark\t+0.5 client-2 +1+1 1 ', lineOf(3))
  const { loaded, messages } = await contentOf(folder)
  t.same([...loaded.values()], [lineOf(0), lineOf(1), 'AT Clark +0.5 client-2 +1+1 1', lineOf(3)])
  t.same(messages, [])
})

t.test('a block with a line that is no report is damaged, but its reports are kept', async (t) => {
  for (const line of ['PING', 'AT Clark +0.5 client-2 +91+1 1', '']) {
    const { loaded, messages } = await contentOf(await withBlock(t, lineOf(1), line, lineOf(3)))
    t.same([...loaded.values()], [lineOf(0), lineOf(1), lineOf(3)], line)
    t.match(messages, [/00000001\.journal/], line)
  }
})

/** Loads folders into servers of one process, all at once, as `herd up` does. Returns what each has. */
async function loadTogether(folders: readonly string[]): Promise<{ floods: Flood[]; lines: string[][] }> {
  const memory = new Memory(KEYS)
  const floods = folders.map(() => new Flood('Clark', memory))
  const loading = floods.map((reports, n) =>
    openJournal({
      folder: String(folders[n]),
      server: 'Clark',
      reports,
      onLoss: (words) => {
        throw new Error(words)
      },
    }),
  )
  for (const journal of await Promise.all(loading)) await journal.close()
  return { floods, lines: floods.map((flood) => Array.from(flood.reports(), lineIn).sort()) }
}

t.test('servers of one process load what each of them has on disk, and no more', async (t) => {
  const all = Array.from({ length: 3_000 }, (_, n) => lineOf(n))
  const contents = [
    all,
    all,
    all.filter((_, n) => n % 7 !== 3),
    all.toReversed(),
    all.map((line, n) => (n % 5 === 2 ? lineOf(n, 2) : line)),
  ]
  const folders = contents.map((_, n) => join(t.testdir(), String(n), 'Clark'))
  for (const [n, lines] of contents.entries()) {
    await fill(String(folders[n]), 'Clark', lines)
    if (n % 2 === 0) await compactFolder(String(folders[n]))
  }
  const { floods, lines } = await loadTogether(folders)
  t.same(
    lines,
    contents.map((content) => content.toSorted()),
  )
  t.equal(floods[0]?.digest, floods[1]?.digest)
  t.equal(floods[0]?.digest, floods[3]?.digest)
  t.not(floods[0]?.digest, floods[4]?.digest)
})

t.test('a client that was forgotten stays so, and compaction removes what was forgotten', async (t) => {
  const gone = 'GENERATION 0 AT Clark +0.5 client-1 - 9'
  const later = `GENERATION 7 ${lineOf(2, 3)}`
  const folder = await withBlock(t, lineOf(1), lineOf(2, 8), gone, later, lineOf(3))
  for (const again of [false, true]) {
    if (again) await compactFolder(folder)
    const opened = await open(folder)
    const { reports, messages } = opened
    await opened.store.close()
    t.same(tableOf(reports), [lineOf(0), lineOf(3), gone, later].sort())
    t.same(Array.from(reports.reports(), lineIn), [lineOf(0), lineOf(2, 3), lineOf(3)])
    t.same(messages, [])
  }
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
  t.notOk(files.some((text) => text.includes(lineOf(1)) || text.includes(lineOf(2, 8))))
})

t.test('a forget is written as soon as a report', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const { store, reports } = await open(folder)
  reports.receive(report(lineOf(1)))
  store.flush()
  reports.receiveStatement(statement('GENERATION 7 AT Clark +0.5 client-1 - 0'))
  store.flush()
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.journal'))
  t.match(readFileSync(join(folder, file), 'latin1'), /\nGENERATION 7 AT Clark \+0.5 client-1 - 0\n$/)
  await store.close()
})

t.test('the longest statements fit into a block', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const { store, reports } = await open(folder)
  for (let n = 0; n < 12; n += 1) {
    const line = lineOf(n).replace(`client-${n}`, `${n}-`.padEnd(MAX_REPORT_BYTES - 42, 'x'))
    t.ok(reports.receiveStatement(statement(`GENERATION ${'9'.repeat(15)} ${line}`)))
  }
  store.flush()
  await store.close()
  const again = await open(folder)
  t.equal(again.reports.digest, reports.digest)
  await again.store.close()
})

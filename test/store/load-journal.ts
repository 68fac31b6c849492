import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Flood } from '../../src/flood/flood.js'
import { Memory } from '../../src/memory/memory.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { BlockWriter } from '../../src/store/block.js'
import { openJournal } from '../../src/store/open-journal.js'
import { KEYS } from '../fixtures/memory.js'
import { lineIn } from '../fixtures/reports.js'
import { compactFolder, contentOf, fill, lineOf } from '../fixtures/store.js'

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

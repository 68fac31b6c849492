import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { BlockWriter } from '../../src/store/block.js'
import { compact, type SnapshotReports } from '../../src/store/compaction.js'
import { journalFile } from '../../src/store/data-folder.js'
import { formatSegmentHeader } from '../../src/store/file-header.js'
import { MAX_SEGMENTS, MIN_COMPACTED_BYTES, type Journal } from '../../src/store/journal.js'
import { LostError } from '../../src/store/store-errors.js'
import { openJournal } from '../../src/store/open-journal.js'
import { limitFiles } from '../fixtures/full-disk.js'
import { until } from '../fixtures/log.js'
import { isSoak } from '../fixtures/soak.js'
import { floodAlone } from '../fixtures/floods.js'
import { compactFolder, contentOf, lineOf, open, reportOf } from '../fixtures/store.js'

const CLIENTS = 3_000

/** Enough for a log that is compacted. */
const UPDATES = 80_000

/** How many ticks of 100 reports are written during a compaction: less than 3 MiB. */
const MAX_TICKS = 500

/** The table after some updates of the clients, one after the other. */
function tableAfter(updates: number): Map<string, string> {
  return new Map(
    Array.from({ length: Math.min(CLIENTS, updates) }, (_, n) => [
      `client-${n}`,
      lineOf(n, Math.floor((updates - 1 - n) / CLIENTS)),
    ]),
  )
}

function bytesIn(folder: string): number {
  // Old files may be removed meanwhile.
  const sizeOf = (name: string): number => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0
  return readdirSync(folder).reduce((sum, name) => sum + sizeOf(name), 0)
}

async function filled(t: Test): Promise<string> {
  const folder = join(t.testdir(), 'Clark')
  for (const time of [1, 2]) {
    const { store, put } = await open(folder)
    for (let n = 0; n < CLIENTS; n += time) put(reportOf(n, time))
    await store.close()
  }
  return folder
}

const newest = new Map(
  Array.from({ length: CLIENTS }, (_, n) => [`client-${n}`, lineOf(n, n % 2 === 0 ? 2 : 1)]),
)

t.test(`the files of a few clients stay small, however often these report`, async (t) => {
  const updates = isSoak ? 10_000_000 : 200_000
  const clients = 1_000
  const folder = t.testdir()
  const { store, reports, messages } = await open(folder)
  const isCompacting = (): boolean => readdirSync(folder).some((name) => name.endsWith('.new'))
  let most = 0
  let ticks = 0
  for (let n = 0; n < updates; n += 1) {
    reports.receive(reportOf(n % clients, Math.floor(n / clients)))
    if (n % 100 > 0) continue
    store.flush()
    await new Promise(setImmediate)
    most = Math.max(most, bytesIn(folder))
    ticks = isCompacting() ? ticks + 1 : 0
    // What is written during a compaction depends on how fast the disk is.
    if (ticks === MAX_TICKS) await until(() => !isCompacting())
  }
  t.ok(most < 2 * MIN_COMPACTED_BYTES, `at most ${most} bytes`)
  t.comment(`the largest size: ${most} bytes`)
  await store.close()
  const { loaded } = await contentOf(folder)
  t.equal(loaded.size, clients)
  t.equal(loaded.get('client-7'), lineOf(7, updates / clients - 1))
  t.same(messages, [])
})

t.test('many starts that write little do not leave many files', async (t) => {
  const folder = t.testdir()
  const block = new BlockWriter()
  for (let n = 1; n <= MAX_SEGMENTS + 1; n += 1) {
    block.add(reportOf(n))
    const header = formatSegmentHeader('Clark', undefined)
    writeFileSync(
      join(folder, journalFile(n, 'journal').name),
      Buffer.concat([Buffer.from(header), block.take()]),
    )
  }
  const { store } = await open(folder)
  await until(() => readdirSync(folder).length === 2)
  await store.close()
  t.match(readdirSync(folder), [/^\d+\.snapshot$/])
  t.equal((await contentOf(folder)).loaded.size, MAX_SEGMENTS + 1)
})

/** The reports of a folder, and its journal. */
async function openBoth(folder: string): Promise<{ journal: Journal; reports: SnapshotReports }> {
  const reports = floodAlone('Clark')
  const journal = await openJournal({
    folder,
    server: 'Clark',
    reports,
    onLoss: (words) => void t.fail(words),
  })
  return { journal, reports }
}

t.test(
  'a process that is killed while it removes old files, or has left half a snapshot, has lost nothing',
  async (t) => {
    const old = await filled(t)
    const folder = `${old}.compacted`
    cpSync(old, folder, { recursive: true })
    await compactFolder(folder)
    t.same(readdirSync(folder), ['00000003.snapshot'])
    const snapshot = readFileSync(join(folder, '00000003.snapshot'))
    for (const [name, kept] of [
      ['both', ['00000001.journal', '00000002.journal']],
      ['one', ['00000002.journal']],
      // A copy does not keep the order.
      ['the other', ['00000001.journal']],
    ] as const) {
      const killed = `${old}.${name}`
      cpSync(folder, killed, { recursive: true })
      for (const file of kept) cpSync(join(old, file), join(killed, file))
      const { loaded, messages } = await contentOf(killed)
      t.same(loaded, newest, name)
      t.same(messages, [])
    }
    writeFileSync(join(old, '00000003.snapshot.new'), snapshot.subarray(0, 9_999))
    const { loaded, messages } = await contentOf(old)
    t.same(loaded, newest)
    t.same(messages, [])
  },
)

t.test('reports that arrive during a compaction are kept, and closing ends it', async (t) => {
  const folder = t.testdir()
  const { store, put } = await open(folder)
  for (let n = 0; n < UPDATES; n += 1) put(reportOf(n % CLIENTS, Math.floor(n / CLIENTS)))
  t.ok(existsSync(join(folder, '00000001.journal')))
  await store.close()
  t.same((await contentOf(folder)).loaded, tableAfter(UPDATES))
})

t.test('a compaction that fails is reported once, and the old files stay', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const { store, put, messages } = await open(folder)
  // Nothing can be written where the new snapshot would be.
  mkdirSync(join(folder, '00000002.snapshot.new'))
  for (let n = 0; n < UPDATES; n += 1) put(reportOf(n % CLIENTS, Math.floor(n / CLIENTS)))
  await until(() => messages.length > 0)
  t.equal(await store.committed(), true)
  t.match(messages, [/^the data in \S+Clark cannot be made smaller: it is a folder$/])
  await store.close()
  t.same((await contentOf(folder)).loaded, tableAfter(UPDATES))
})

t.test('a folder that is removed before a compaction is lost, not full', async (t) => {
  const folder = await filled(t)
  const { journal, reports } = await openBoth(folder)
  rmSync(folder, { recursive: true })
  await t.rejects(
    compact(journal, reports, new AbortController().signal),
    new LostError('the folder was removed or replaced'),
  )
  await journal.close()
})

t.test('a journal can be closed before what it has rotated is on disk', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const { journal } = await openBoth(folder)
  const block = new BlockWriter()
  block.add(reportOf(1))
  journal.append(block.take())
  journal.rotate()
  await journal.close()
  t.equal((await contentOf(folder)).loaded.size, 1)
})

t.test('a compaction on a full disk leaves no part of a snapshot', async (t) => {
  const folder = await filled(t)
  const { journal, reports } = await openBoth(folder)
  const room = limitFiles(9_999)
  await t.rejects(compact(journal, reports, new AbortController().signal), { code: 'EFBIG' })
  room()
  t.same(readdirSync(folder).sort(), ['00000001.journal', '00000002.journal', 'LOCK'])
  await compact(journal, reports, new AbortController().signal)
  await journal.close()
  t.same(readdirSync(folder), ['00000004.snapshot'])
  t.same((await contentOf(folder)).loaded, newest)
})

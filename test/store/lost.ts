import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { assertWhole, CLIENTS, filled, WRITTEN_AGAIN, type Place } from '../fixtures/filled-store.js'
import { limitFiles } from '../fixtures/full-disk.js'
import { until } from '../fixtures/log.js'
import { contentOf, copyFolder, fill, lineOf, open, reportOf } from '../fixtures/store.js'

/** Removes those files of a folder whose name matches. */
function removeFiles(folder: string, name: RegExp): void {
  for (const file of readdirSync(folder)) if (name.test(file)) unlinkSync(join(folder, file))
}

const LOSSES: Record<string, (place: Place) => void> = {
  'the folder is removed': ({ folder }) => {
    rmSync(folder, { recursive: true })
  },
  'the folder is moved away': ({ folder }) => {
    renameSync(folder, `${folder}.moved`)
  },
  'all that is above the folder is removed': ({ folder }) => {
    rmSync(dirname(dirname(folder)), { recursive: true })
  },
  'an empty folder is in its place': ({ folder }) => {
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
  },
  'an older copy is in its place': ({ folder, older }) => {
    renameSync(folder, `${folder}.moved`)
    renameSync(older, folder)
  },
  'an equal copy is in its place': ({ folder }) => {
    renameSync(folder, `${folder}.moved`)
    copyFolder(`${folder}.moved`, folder)
  },
  'an older copy is copied over it': ({ folder, older }) => {
    for (const file of readdirSync(older)) writeFileSync(join(folder, file), readFileSync(join(older, file)))
  },
  'a link to an empty folder is in its place': ({ folder, older }) => {
    renameSync(folder, `${folder}.moved`)
    mkdirSync(`${older}.empty`)
    symlinkSync(`${older}.empty`, folder)
  },
  'all files in it are removed': ({ folder }) => {
    removeFiles(folder, /./)
  },
  'its lock is removed': ({ folder }) => {
    unlinkSync(join(folder, 'LOCK'))
  },
  'a file is in the place of its lock': ({ folder }) => {
    unlinkSync(join(folder, 'LOCK'))
    writeFileSync(join(folder, 'LOCK'), '')
  },
  'its newest segment is removed': ({ folder }) => {
    unlinkSync(join(folder, '00000002.journal'))
  },
  'its newest segment is replaced by a copy': ({ folder }) => {
    const path = join(folder, '00000002.journal')
    renameSync(path, `${path}.copy`)
    cpSync(`${path}.copy`, path)
  },
  'its oldest segment is removed': ({ folder }) => {
    unlinkSync(join(folder, '00000001.journal'))
  },
  'all its segments are removed': ({ folder }) => {
    removeFiles(folder, /\.journal$/)
  },
}

for (const [what, lose] of Object.entries(LOSSES))
  t.test(`${what}: no commit is acknowledged until all reports are written again`, async (t) => {
    const { folder, older, store, put, messages } = await filled(t)
    lose({ folder, older })
    put(reportOf(5, 3))
    t.equal(await store.committed(), false)
    t.equal(messages.length, 1)
    t.match(messages[0], `the data in ${folder} are lost: `)
    t.match(messages[0], /; all reports are in memory and will be written again$/)
    put(reportOf(7, 4))
    t.equal(await store.committed(), true)
    t.same(messages.slice(1), [WRITTEN_AGAIN(folder)])
    // As a killed process would leave it.
    const killed = `${folder}.killed`
    copyFolder(folder, killed)
    await assertWhole(
      t,
      killed,
      new Map([
        [0, 3],
        [5, 3],
        [7, 4],
      ]),
    )
    put(reportOf(9, 5))
    t.equal(await store.close(), 0)
    t.equal(messages.length, 2)
    await assertWhole(
      t,
      folder,
      new Map([
        [0, 3],
        [5, 3],
        [7, 4],
        [9, 5],
      ]),
    )
  })

for (const [what, lose] of Object.entries(LOSSES))
  t.test(`${what}, and no report follows: closing the store writes all reports`, async (t) => {
    const { folder, older, store, messages } = await filled(t)
    lose({ folder, older })
    t.equal(await store.close(), 0)
    t.match(messages, [/ are lost: /, WRITTEN_AGAIN(folder)])
    await assertWhole(t, folder, new Map([[0, 3]]))
  })

t.test('after a loss, a commit with nothing to write is not acknowledged', async (t) => {
  const { folder, store } = await filled(t)
  rmSync(folder, { recursive: true })
  t.equal(await store.committed(), false)
  t.equal(await store.committed(), true)
  await store.close()
  await assertWhole(t, folder, new Map([[0, 3]]))
})

t.test(
  'it is noticed soon when something is to be written, and written again without being asked for',
  async (t) => {
    const { folder, put, store, messages } = await filled(t)
    rmSync(folder, { recursive: true })
    put(reportOf(7, 3))
    await until(() => messages.length === 2)
    t.match(messages, [/ are lost: the folder was removed or replaced; /, WRITTEN_AGAIN(folder)])
    await store.close()
  },
)

t.test('each loss is reported', async (t) => {
  const { folder, store, messages } = await filled(t)
  for (let n = 0; n < 3; n += 1) {
    rmSync(folder, { recursive: true })
    t.equal(await store.committed(), false)
    t.equal(await store.committed(), true)
  }
  t.equal(messages.length, 6)
  await store.close()
})

t.test('reports that only an older copy holds are loaded', async (t) => {
  const { folder, older, store, reports, put, loaded } = await filled(t)
  await fill(older, 'Clark', [lineOf(CLIENTS + 1), lineOf(0, 1)])
  rmSync(folder, { recursive: true })
  renameSync(older, folder)
  put(reportOf(7, 4))
  t.equal(await store.committed(), false)
  t.equal(await store.committed(), true)
  t.equal(loaded.get(`client-${CLIENTS + 1}`), lineOf(CLIENTS + 1))
  t.equal(reports.size, CLIENTS + 1)
  await store.close()
  await assertWhole(
    t,
    folder,
    new Map([
      [0, 3],
      [7, 4],
    ]),
  )
})

t.test('many reports are written again in parts, and others are served in between', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const { store, put, messages } = await open(folder)
  const count = 120_000
  for (let n = 0; n < count; n += 1) put(reportOf(n))
  t.equal(await store.committed(), true)
  rmSync(folder, { recursive: true })
  t.equal(await store.committed(), false)
  const served = { isOver: false, turns: 0 }
  const written = store.committed().finally(() => {
    served.isOver = true
  })
  while (!served.isOver) {
    await new Promise(setImmediate)
    served.turns += 1
  }
  t.equal(await written, true)
  t.ok(served.turns > count / 1_000, `${served.turns} turns`)
  t.equal(messages.length, 2)
  await store.close()
  t.equal((await contentOf(folder)).loaded.size, count)
})

t.test('a folder that is replaced before the first report is left alone', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const { store, put, messages } = await open(folder)
  renameSync(folder, `${folder}.moved`)
  mkdirSync(folder)
  put(reportOf(1))
  t.match(messages, [/ are lost: the folder was removed or replaced; /])
  t.same(readdirSync(folder), [])
  t.equal(await store.committed(), true)
  await store.close()
  t.equal((await contentOf(folder)).loaded.size, 1)
})

t.test(
  'its segment is removed while the disk is full: all reports are written when there is room',
  async (t) => {
    const { folder, store, put, messages } = await filled(t)
    const room = limitFiles(10_000)
    for (let n = 1; n < CLIENTS; n += 1) put(reportOf(n, 4))
    t.equal(await store.committed(), false)
    removeFiles(folder, /2\.journal$/)
    room()
    t.equal(await store.committed(), false)
    t.equal(await store.committed(), true)
    t.match(messages, [/file is too large/, / are lost: /, WRITTEN_AGAIN(folder)])
    t.equal(await store.close(), 0)
    await assertWhole(t, folder, new Map(Array.from({ length: CLIENTS }, (_, n) => [n, n === 0 ? 3 : 4])))
  },
)

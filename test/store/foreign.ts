import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { assertWhole, CLIENTS, filled, WRITTEN_AGAIN } from '../fixtures/filled-store.js'
import { until } from '../fixtures/log.js'
import { contentOf, fill, lineOf, open, reportOf } from '../fixtures/store.js'

const FOREIGN: Record<string, { put: (folder: string) => Promise<void> | void; words: RegExp }> = {
  'files of somebody else': {
    put: (folder) => {
      mkdirSync(folder)
      writeFileSync(join(folder, 'CURRENT'), 'mine')
    },
    words: /Clark holds no data of proxyherd$/,
  },
  'the data of another server': {
    put: async (folder) => {
      await fill(`${folder}.Oak`, 'Oak', [lineOf(1, 9)])
      renameSync(`${folder}.Oak`, folder)
    },
    words: /are those of Oak, not Clark$/,
  },
  'a file': {
    put: (folder) => {
      writeFileSync(folder, 'mine')
    },
    words: /a file is where its folder should be$/,
  },
}

/** The text of every file in a folder, or of a file, by path. */
function snapshot(path: string): Record<string, string> {
  const files = readdirSync(dirname(path), { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => [
        join(parentPath, name),
        readFileSync(join(parentPath, name), 'latin1'),
      ]),
  )
}

for (const [what, { put: putThere, words }] of Object.entries(FOREIGN))
  t.test(
    `${what} in the folder's place is left alone, and all reports are written when it is gone`,
    async (t) => {
      const { folder, store, put, messages } = await filled(t)
      rmSync(folder, { recursive: true })
      await putThere(folder)
      const before = snapshot(folder)
      put(reportOf(5, 3))
      for (let n = 0; n < 4; n += 1) t.equal(await store.committed(), false)
      t.equal(messages.length, 2, 'reported once')
      t.match(messages[0], / are lost: /)
      t.match(messages[1], words)
      t.match(messages[1], /^reports cannot be written: /)
      t.same(snapshot(folder), before)
      renameSync(folder, `${folder}.foreign`)
      await until(() => messages.length === 3)
      t.equal(messages[2], WRITTEN_AGAIN(folder))
      await store.close()
      await assertWhole(
        t,
        folder,
        new Map([
          [0, 3],
          [5, 3],
        ]),
      )
    },
  )

t.test('closing the store counts all reports that cannot be written', async (t) => {
  const { folder, store, messages } = await filled(t)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'mine')
  t.equal(await store.close(), CLIENTS)
  t.equal(messages.at(-1), `stopped with reports that could not be saved in ${folder}: ${CLIENTS}`)
  t.equal(await store.close(), CLIENTS, 'also when asked again')
  t.equal(readFileSync(folder, 'utf8'), 'mine')
})

t.test('a format of a later version is left alone', async (t) => {
  const folder = t.testdir({ '00000001.journal': '# proxyherd journal 3 of Clark\n' })
  await t.rejects(open(folder), { message: /are of format 3, and only 2 is known here$/ })
  t.same(readdirSync(folder), ['00000001.journal'])
})

t.test('what the system keeps in a folder, and what a failed start has left, is no obstacle', async (t) => {
  const names = { 'lost+found': {}, LOCK: '', 'LABEL.new': '', LOG: '', '00000001.snapshot.new': 'half' }
  const folder = t.testdir(names)
  const { store, put, messages } = await open(folder)
  put(reportOf(1))
  await store.close()
  t.same(messages, [])
  t.equal((await contentOf(folder)).loaded.size, 1)
})

t.test('a folder that cannot be accessed is not a loss', async (t) => {
  const { folder, store, put, messages } = await filled(t)
  renameSync(folder, `${folder}.moved`)
  symlinkSync(folder, folder)
  put(reportOf(5, 3))
  t.equal(await store.committed(), false)
  t.match(messages, [/^the data in \S+ cannot be written: ELOOP/])
  rmSync(folder)
  renameSync(`${folder}.moved`, folder)
  t.equal(await store.committed(), true)
  t.same(messages.slice(1), [WRITTEN_AGAIN(folder)])
  await store.close()
  t.notOk(existsSync(`${folder}~damaged`))
})

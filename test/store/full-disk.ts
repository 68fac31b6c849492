import { readdirSync, readlinkSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { systemDisk, type Disk } from '../../src/store/disk.js'
import { limitFiles } from '../fixtures/full-disk.js'
import { until } from '../fixtures/log.js'
import { contentOf, fill, lineOf, open, reportOf, writtenIn } from '../fixtures/store.js'

function fileError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

t.test(
  'a start on a full disk loads what there is, keeps reports in memory, and writes them when there is room',
  async (t) => {
    const folder = join(t.testdir(), 'Clark')
    await fill(folder, 'Clark', [lineOf(1), lineOf(2)])
    let isFull = true
    const takeLock: Disk['takeLock'] = (path, fd) =>
      isFull ? Promise.reject(fileError('ENOSPC')) : systemDisk.takeLock(path, fd)
    const { store, put, loaded, messages } = await open(folder, { disk: { ...systemDisk, takeLock } })
    t.same([...loaded.keys()], ['client-1', 'client-2'])
    t.same(messages, [`the data in ${folder} cannot be written: the disk is full`])
    put(reportOf(2, 2))
    put(reportOf(3))
    t.match(store.status, { unsaved: 2, fault: messages[0] })
    t.equal(await store.committed(), false)
    t.equal(messages.length, 1, 'reported once')
    isFull = false
    await until(() => messages.length === 2)
    t.same(messages.slice(1), [`the data in ${folder} are written again`])
    t.match(store.status, { unsaved: 0, fault: undefined })
    t.same(writtenIn(folder, /2\.journal$/), [lineOf(2, 2), lineOf(3)])
    t.equal(await store.close(), 0)
    t.same([...(await contentOf(folder)).loaded.values()], [lineOf(1), lineOf(2, 2), lineOf(3)])
  },
)

t.test('a store that is closed while the disk is still full says what it could not save', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const takeLock: Disk['takeLock'] = () => Promise.reject(fileError('EDQUOT'))
  const { store, put, messages } = await open(folder, { disk: { ...systemDisk, takeLock } })
  put(reportOf(1))
  t.equal(await store.close(), 1)
  t.match(messages, [
    /the disk quota is used up$/,
    /^stopped with reports that could not be saved in \S+: 1$/,
  ])
})

t.test('another fault of the lock ends the start', async (t) => {
  const takeLock: Disk['takeLock'] = () => Promise.reject(fileError('EACCES'))
  await t.rejects(open(t.testdir(), { disk: { ...systemDisk, takeLock } }), {
    name: 'PersonError',
    message: /cannot be opened: permission denied$/,
  })
})

t.test('when a sync fails, all reports are written again to a new file', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  await fill(folder, 'Clark', [lineOf(1)])
  let fails = false
  const sync: Disk['sync'] = (fd) => (fails ? Promise.reject(fileError('EIO')) : systemDisk.sync(fd))
  const { store, put, messages } = await open(folder, { disk: { ...systemDisk, sync } })
  put(reportOf(2))
  t.equal(await store.committed(), true)
  fails = true
  put(reportOf(3))
  t.equal(await store.committed(), false)
  t.same(messages, [`the data in ${folder} cannot be written: EIO`])
  t.equal(await store.committed(), false)
  fails = false
  t.equal(await store.committed(), true)
  t.equal(messages.length, 2)
  const [newest = ''] = readdirSync(folder)
    .filter((name) => name.endsWith('.journal'))
    .reverse()
  t.same(writtenIn(folder, new RegExp(newest)), [lineOf(1), lineOf(2), lineOf(3)])
  await store.close()
  // As a disk that has lost them.
  for (const name of readdirSync(folder)) if (name !== newest) rmSync(join(folder, name))
  const { loaded, messages: later } = await contentOf(folder)
  t.equal(loaded.size, 3)
  t.same(later, [])
})

t.test('what a failed write has left is not read, also where it cannot be removed', async (t) => {
  for (const truncate of [
    systemDisk.truncate,
    () => {
      throw fileError('EIO')
    },
  ]) {
    const folder = join(t.testdir(), 'Clark')
    const { store, reports, messages } = await open(folder, { disk: { ...systemDisk, truncate } })
    const room = limitFiles(9_999)
    for (let n = 0; n < 1_000; n += 1) reports.receive(reportOf(n))
    t.equal(await store.committed(), false)
    room()
    t.equal(await store.committed(), true)
    t.equal(messages.length, 2)
    await store.close()
    const content = await contentOf(folder)
    t.equal(content.loaded.size, 1_000)
    t.same(content.messages, [])
  }
})

t.test('a closed store has nothing open', async (t) => {
  const top = t.testdir()
  const openIn = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        const path = readlinkSync(`/proc/self/fd/${fd}`)
        return path.startsWith(top) ? [path] : []
      } catch {
        return []
      }
    })
  const sockets = (): number =>
    readFileSync('/proc/net/unix', 'latin1')
      .split('\n')
      .filter((line) => line.endsWith('/LOCK')).length
  const before = sockets()
  const folder = join(top, 'Clark')
  const { store, put } = await open(folder)
  put(reportOf(1))
  t.not(openIn().length, 0)
  await store.committed()
  rmSync(folder, { recursive: true })
  await store.committed()
  await store.committed()
  put(reportOf(2))
  await store.close()
  t.same(openIn(), [])
  t.equal(sockets(), before)
  t.match(readdirSync(folder), [/^\d+\.journal$/])
})

t.test('loading can be ended, and leaves nothing open', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  await fill(folder, 'Clark', [lineOf(1)])
  const sizes: number[] = []
  const ending = new AbortController()
  const { signal } = ending
  const onStart = (bytes: number): void => {
    sizes.push(bytes)
    ending.abort()
  }
  await t.rejects(open(folder, { onStart, signal }), { name: 'AbortError' })
  t.match(sizes, [Number])
  t.same(readdirSync(folder), ['00000001.journal'])
  t.equal((await contentOf(folder)).loaded.size, 1)
})

t.test('a file that cannot be begun is removed', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const { store, put, messages } = await open(folder)
  const room = limitFiles(9)
  put(reportOf(1))
  t.match(messages, [/the file is too large$/])
  t.same(readdirSync(folder), ['LOCK'])
  room()
  t.equal(await store.close(), 0)
  t.equal((await contentOf(folder)).loaded.size, 1)
})

t.test('reports that could wait are counted, too, when they cannot be saved', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const { store, reports, messages } = await open(folder)
  reports.linkUp('Oak', 'local')
  reports.receive(reportOf(7), 'Oak')
  store.flush()
  const room = limitFiles(9)
  t.equal(await store.close(), 1)
  room()
  t.match(messages.at(-1), / could not be saved in \S+: 1$/)
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, closeSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FolderLock } from '../../src/store/folder-lock.js'

/** Takes the lock of a folder, which stays open until the end of the test. */
async function take(t: Test, folder: string): Promise<FolderLock> {
  const fd = openSync(folder, 'r')
  t.teardown(() => {
    closeSync(fd)
  })
  return FolderLock.take(folder, fd)
}

const IN_USE = /are in use by another process$/

t.test('a folder is locked once', async (t) => {
  const folder = t.testdir()
  const lock = await take(t, folder)
  await t.rejects(take(t, folder), { message: IN_USE, hint: /^see which with "lsof \S+", / })
  t.equal(await lock.isHeld(), true)
  await lock.release()
  t.notOk(existsSync(join(folder, 'LOCK')))
  const again = await take(t, folder)
  await again.release()
})

t.test(
  'a lock that a killed process has left, and any other file of that name, is no obstacle',
  async (t) => {
    const folder = t.testdir({ LOCK: '' })
    await (await take(t, folder)).release()
    const program = `require('node:net').createServer().listen('LOCK', () => console.log('on'))`
    // Its path is short: it is relative.
    const child = spawn(process.execPath, ['-e', program], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await t.rejects(take(t, folder), { message: IN_USE })
    child.kill('SIGKILL')
    await once(child, 'exit')
    t.ok(existsSync(join(folder, 'LOCK')))
    await (await take(t, folder)).release()
  },
)

t.test('the path of a folder may be long', async (t) => {
  const folder = join(t.testdir(), 'x'.repeat(200))
  mkdirSync(folder)
  const lock = await take(t, folder)
  t.ok(existsSync(join(folder, 'LOCK')))
  await t.rejects(take(t, folder), { message: IN_USE })
  await lock.release()
  t.notOk(existsSync(join(folder, 'LOCK')))
})

t.test('a lock that is lost to another process is noticed, and left to it', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'LOCK')
  const lost = await take(t, folder)
  unlinkSync(path)
  t.equal(await lost.isHeld(), false)
  const lock = await take(t, folder)
  t.equal(await lost.isHeld(), false)
  t.equal(await lock.isHeld(), true)
  await lost.release()
  t.equal(await lock.isHeld(), true)
  await lock.release()
})

t.test('a lock in a folder that is gone can be released', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  mkdirSync(folder)
  const lock = await take(t, folder)
  renameSync(folder, `${folder}.moved`)
  writeFileSync(folder, '')
  t.equal(await lock.isHeld(), false)
  await lock.release()
})

t.test('a leftover that cannot be removed ends the tries', async (t) => {
  const folder = t.testdir()
  mkdirSync(join(folder, 'LOCK'))
  await t.rejects(take(t, folder), { code: /EISDIR|EPERM/ })
})

t.test('a folder that is gone cannot be locked', async (t) => {
  await t.rejects(FolderLock.take(join(t.testdir(), 'gone'), 0), { code: /ENOENT|EACCES|ENOTDIR/ })
})

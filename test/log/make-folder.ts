import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { makeFolder } from '../../src/log/make-folder.js'

t.test('a folder is made with those above it, for its owner only', async (t) => {
  const folder = t.testdir()
  await makeFolder(`${folder}/a/b/c`)
  for (const made of ['a', 'a/b', 'a/b/c']) t.equal(statSync(`${folder}/${made}`).mode & 0o777, 0o700, made)
  await makeFolder(`${folder}/a/b/c`)
  mkdirSync(`${folder}/open`)
  chmodSync(`${folder}/open`, 0o755)
  await makeFolder(`${folder}/open`)
  t.equal(statSync(`${folder}/open`).mode & 0o777, 0o755, 'one that is there stays as it is')
  rmSync(`${folder}/a`, { recursive: true })
})

t.test('a folder that cannot be made is an error', async (t) => {
  const folder = t.testdir()
  writeFileSync(`${folder}/file`, '')
  await t.rejects(makeFolder(`${folder}/file`), { code: 'EEXIST' })
  await t.rejects(makeFolder(`${folder}/file/below`), { code: 'ENOTDIR' })
  await t.rejects(makeFolder(`${folder}/new/${'x'.repeat(300)}`), { code: 'ENAMETOOLONG' })
  await t.rejects(makeFolder('/proc/none/below'), { message: 'no folder can be made in /proc' })
  await t.rejects(makeFolder(''), { message: 'no folder can be made in .' })
})

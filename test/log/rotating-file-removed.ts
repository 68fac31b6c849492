import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { RotatingFile } from '../../src/log/rotating-file.js'
import { limitFiles } from '../fixtures/full-disk.js'
import { openIn } from '../fixtures/rotating-file.js'

const REPLACED = 'the log was removed or moved away, and goes on in a new file'

for (const [what, remove] of [
  [
    'a file that is removed',
    (path: string): void => {
      rmSync(path)
    },
  ],
  [
    'a file that is moved away',
    (path: string): void => {
      renameSync(path, `${path}.old`)
    },
  ],
  [
    'a folder that is removed',
    (path: string): void => {
      rmSync(dirname(path), { recursive: true })
    },
  ],
  [
    'a folder whose parent is removed',
    (path: string): void => {
      rmSync(dirname(dirname(path)), { recursive: true })
    },
  ],
] as const)
  t.test(`${what} is made again, and that is told`, async (t) => {
    const { path, file, faults, resumed } = openIn(
      t,
      join(t.testdir({ state: { logs: {} } }), 'state', 'logs'),
    )
    file.write('one\n')
    await file.flush()
    remove(path)
    file.write('two\n')
    await file.flush()
    file.write('three\n')
    await file.flush()
    t.equal(readFileSync(path, 'utf8'), 'two\nthree\n')
    t.same(faults, [])
    t.same(resumed, [REPLACED])
  })

t.test('a folder that is a file is told once, and it is told when text is written again', async (t) => {
  const folder = join(t.testdir({ logs: {} }), 'logs')
  const { path, file, faults, resumed } = openIn(t, folder)
  file.write('one\n')
  await file.flush()
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  file.write('two\n')
  await file.flush()
  await file.flush()
  t.same(faults, ['a file is where its folder should be'])
  t.same(resumed, [])
  rmSync(folder)
  await file.flush()
  t.equal(readFileSync(path, 'utf8'), 'two\n')
  t.same(resumed, [REPLACED])
})

t.test(
  'of a file that is removed while part of a text is written, the whole text is in the new one',
  async (t) => {
    const { path, file, faults } = openIn(t, t.testdir())
    file.write('one\n')
    await file.flush()
    const room = limitFiles(10)
    file.write('a long line that does not fit\n')
    await file.flush()
    t.equal(readFileSync(path, 'utf8'), 'one\na long')
    t.equal(faults.length, 1)
    rmSync(path)
    room()
    await file.flush()
    t.equal(readFileSync(path, 'utf8'), 'a long line that does not fit\n')
  },
)

t.test('what is told when a file is written again can go into the file', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  symlinkSync('/dev/full', path)
  const file = new RotatingFile(path, {
    onFault: () => undefined,
    onResumed: (words) => {
      file.write(`${words}\n`)
    },
  })
  file.write('one\n')
  await file.flush()
  rmSync(path)
  await file.close()
  t.equal(readFileSync(path, 'utf8'), 'one\nthe log is written again; it could not be: the disk is full\n')
})

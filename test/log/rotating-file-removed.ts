import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { RotatingFile } from '../../src/log/rotating-file.js'
import { limitFiles } from '../fixtures/full-disk.js'
import { openIn } from '../fixtures/rotating-file.js'

const REPLACED = 'the log was removed or moved away, so logging continues in a new file'

for (const [what, remove] of [
  [
    'a removed file',
    (path: string): void => {
      rmSync(path)
    },
  ],
  [
    'a moved file',
    (path: string): void => {
      renameSync(path, `${path}.old`)
    },
  ],
  [
    'a removed folder',
    (path: string): void => {
      rmSync(dirname(path), { recursive: true })
    },
  ],
  [
    'a folder whose parent was removed',
    (path: string): void => {
      rmSync(dirname(dirname(path)), { recursive: true })
    },
  ],
] as const)
  t.test(`${what} is created again, and that is reported`, async (t) => {
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

t.test('a file in the place of the folder is reported once, and so is the recovery', async (t) => {
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
  'a line that was partly written when the file was removed is written completely to the new file',
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

t.test('the recovery can be reported in the file itself', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  symlinkSync('/dev/full', path)
  const file = new RotatingFile(path, {
    onFault: () => undefined,
    onResumed: (why) => {
      file.write(`${why}\n`)
    },
  })
  file.write('one\n')
  await file.flush()
  rmSync(path)
  await file.close()
  t.equal(
    readFileSync(path, 'utf8'),
    'one\nthe log can be written again; before, it could not: the disk is full\n',
  )
})

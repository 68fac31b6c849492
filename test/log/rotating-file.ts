import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { until } from '../fixtures/log.js'
import { openIn } from '../fixtures/rotating-file.js'
import { isSoak } from '../fixtures/soak.js'

const MIB = 1024 * 1024

/** How often the disk is full. */
const TRIES = isSoak ? 100_000 : 1_000

// This is the first test, so that no memory of other tests is freed during it.
t.test('retries on a full disk do not take more memory', async (t) => {
  const { path, file } = openIn(t, t.testdir())
  symlinkSync('/dev/full', path)
  const { arrayBuffers } = process.memoryUsage()
  for (let n = 0; n < TRIES; n += 1) {
    file.write('x\n')
    await file.flush()
  }
  if (isSoak) t.ok(process.memoryUsage().arrayBuffers - arrayBuffers < MIB, 'no try leaves memory behind')
  rmSync(path)
  await file.flush()
  t.equal(readFileSync(path, 'latin1'), 'x\n'.repeat(TRIES))
})

t.test('lines are appended in order by a flush', async (t) => {
  const { path, file } = openIn(t, t.testdir({ 'Clark.log': 'old\n' }))
  file.write('one\n')
  file.write('two\n')
  t.equal(readFileSync(path, 'utf8'), 'old\n', 'write does not wait for the disk')
  await file.flush()
  t.equal(readFileSync(path, 'utf8'), 'old\none\ntwo\n')
  await file.flush()
  t.equal(readFileSync(path, 'utf8'), 'old\none\ntwo\n', 'a flush with nothing to write writes nothing')
})

t.test('lines are written soon without a flush', async (t) => {
  const { path, file } = openIn(t, t.testdir())
  file.write('one\n')
  await until(() => existsSync(path) && readFileSync(path, 'utf8') === 'one\n')
  file.write('two\n')
  await until(() => readFileSync(path, 'utf8') === 'one\ntwo\n')
})

t.test('a closed file is not written to', async (t) => {
  const { path, file } = openIn(t, t.testdir())
  file.write('one\n')
  await file.close()
  file.write('two\n')
  t.equal(readFileSync(path, 'utf8'), 'one\n')
})

t.test('a full file is renamed, and the oldest of five is removed', async (t) => {
  const { path, file } = openIn(
    t,
    t.testdir({
      'Clark.log': '0',
      'Clark.log.1': '1',
      'Clark.log.2': '2',
      'Clark.log.3': '3',
      'Clark.log.4': '4',
    }),
  )
  truncateSync(path, 10 * MIB)
  file.write('new\n')
  await file.flush()
  const files = ['', '.1', '.2', '.3', '.4'].map((age) => readFileSync(`${path}${age}`, 'latin1').slice(0, 4))
  t.same(files, ['new\n', '0\0\0\0', '1', '2', '3'])
  t.equal(readdirSync(join(path, '..')).length, 5)
})

t.test('a rotation neither loses nor splits a line', async (t) => {
  const { path, file } = openIn(t, t.testdir())
  const lines = Array.from({ length: 12_000 }, (_, n) => `${n} ${'x'.repeat(1_000)} é\n`)
  for (const [n, line] of lines.entries()) {
    file.write(line)
    if (n % 1_000 === 0) await file.flush()
  }
  await file.flush()
  const [newer, older] = [readFileSync(path, 'utf8'), readFileSync(`${path}.1`, 'utf8')]
  t.ok(older.endsWith('é\n'))
  t.ok(older.length < 10.5 * MIB)
  t.equal(older + newer === lines.join(''), true)
})

t.test('lines appended during a write do not change the lines being written', async (t) => {
  const { path, file } = openIn(t, t.testdir())
  const lines = Array.from({ length: 20 }, (_, n) => `${String.fromCharCode(65 + n).repeat(300_000)}\n`)
  for (const line of lines) {
    file.write(line)
    await nextTurn()
  }
  await file.flush()
  t.equal(readFileSync(path, 'latin1') === lines.join(''), true)
})

t.test('a full disk is reported once, and no line is lost when there is room again', async (t) => {
  const { path, file, faults } = openIn(t, t.testdir())
  symlinkSync('/dev/full', path)
  file.write('one\n')
  await file.flush()
  await file.flush()
  t.same(faults, ['the disk is full'])
  file.write('two\n')
  rmSync(path)
  await until(() => existsSync(path) && readFileSync(path, 'utf8') === 'one\ntwo\n')
  rmSync(path)
  symlinkSync('/dev/full', path)
  file.write('three\n')
  await file.flush()
  t.same(faults, ['the disk is full', 'the disk is full'], 'reported again after writing had worked')
  rmSync(path)
  await file.flush()
  t.equal(readFileSync(path, 'utf8'), 'three\n')
})

t.test('a file that cannot be rotated does not grow', async (t) => {
  const { path, file, faults } = openIn(
    t,
    t.testdir({ 'Clark.log': '', 'Clark.log.3': '3', 'Clark.log.4': { file: '' } }),
  )
  truncateSync(path, 10 * MIB)
  for (const line of ['one\n', 'two\n']) {
    file.write(line)
    await file.flush()
  }
  t.same(faults, ['it is a folder'])
  t.equal(readFileSync(path).length, 10 * MIB)
})

t.test('the file is full when 16 MiB wait for the disk', async (t) => {
  const { path, file } = openIn(t, t.testdir())
  symlinkSync('/dev/full', path)
  const line = `${'x'.repeat(MIB - 1)}\n`
  for (let n = 0; n < 16; n += 1) {
    t.equal(file.isFull, false)
    file.write(line)
  }
  t.equal(file.isFull, true)
  rmSync(path)
  await file.flush()
  t.equal(file.isFull, false)
  t.equal(readFileSync(path).length + readFileSync(`${path}.1`).length, 16 * MIB)
})

t.test('a flush ends although the disk does not answer', async (t) => {
  const { path, file } = openIn(t, t.testdir())
  // Opening a named pipe that nobody reads blocks.
  await once(spawn('mkfifo', [path]), 'close')
  file.write('one\n')
  await file.flush()
  const reader = await open(path)
  const { bytesRead, buffer } = await reader.read()
  t.equal(buffer.toString('utf8', 0, bytesRead), 'one\n')
  await reader.close()
})

t.test(
  'waiting lines are written when the process exits, and a full disk does not prevent the exit',
  async (t) => {
    const folder = t.testdir()
    const paths = ['Clark.log', 'Elm.log', 'Oak.log', 'Ash.log'].map((name) => join(folder, name))
    const [clark = '', elm = '', oak = '', ash = ''] = paths
    writeFileSync(clark, 'first\n')
    symlinkSync('/dev/full', elm)
    const program = join(import.meta.dirname, '../fixtures/log-at-exit.js')
    const child = spawn(process.execPath, [...process.execArgv, program, ...paths], { stdio: 'inherit' })
    const [code] = (await once(child, 'close')) as [number]
    t.equal(code, 3)
    t.equal(readFileSync(clark, 'utf8'), 'first\nlast words\n')
    t.equal(readFileSync(oak, 'utf8'), 'last words\n')
    const lines = readFileSync(ash, 'utf8').match(/"line":"[^"]*"/g)
    t.same(lines, ['"line":"last"', '"line":"words"'], 'also lines of peers')
  },
)

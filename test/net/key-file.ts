import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readKeyFile } from '../../src/net/key-file.js'
import { PersonError } from '../../src/person-error.js'

t.test('a file that others may use is warned of', async (t) => {
  const path = join(t.testdir({ 'herd.key': 'secret' }), 'herd.key')
  const warning = `others may use ${path}: see "chmod 600 ${path}"`
  const cases: [mode: number, warnings: string[]][] = [
    [0o600, []],
    [0o400, []],
    [0o640, [warning]],
    [0o604, [warning]],
    [0o620, [warning]],
  ]
  for (const [mode, warnings] of cases) {
    chmodSync(path, mode)
    t.same(await readKeyFile(path), { text: 'secret', warnings }, mode.toString(8))
  }
})

t.test('a file that is not there is named', async (t) => {
  const path = join(t.testdir({}), 'herd.key')
  const error = await readKeyFile(path).catch((error: unknown) => error)
  t.ok(error instanceof PersonError)
  t.match(error, { message: `${path} cannot be read: ENOENT` })
})

import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readKeyFile } from '../../src/net/key-file.js'
import { PersonError } from '../../src/person-error.js'

t.test('a file that other users have access to gives a warning', async (t) => {
  const path = join(t.testdir({ 'herd.key': 'secret' }), 'herd.key')
  const warning = `other users have access to ${path}: run "chmod 600 ${path}"`
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

t.test('an error names the file in one line', async (t) => {
  const folder = t.testdir({
    empty: '',
    blank: ' \n\n',
    folder: {},
    file: 'secret',
    loop: t.fixture('symlink', 'loop'),
  })
  const cases: Record<string, string> = {
    empty: 'is empty',
    blank: 'is empty',
    folder: 'cannot be read: it is a folder',
    none: 'cannot be read: there is no such file',
    'file/none': 'cannot be read: there is no such file',
    loop: 'cannot be read: ELOOP: too many symbolic links encountered',
  }
  for (const [name, why] of Object.entries(cases)) {
    const path = join(folder, name)
    const error: unknown = await readKeyFile(path).catch((error: unknown) => error)
    t.ok(error instanceof PersonError)
    t.ok((error as PersonError).message.startsWith(`${path} ${why}`), (error as PersonError).message)
    t.notMatch((error as PersonError).message, '\n')
  }
})

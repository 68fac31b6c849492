import { readFile } from 'node:fs/promises'
import t from 'tap'
import { FILES_KEPT, rotatedPath, undefinedIfMissing } from '../../src/log/rotated-files.js'

t.test('rotated files are numbered by age', async (t) => {
  const files = Array.from({ length: FILES_KEPT }, (_, age) => rotatedPath('Clark.log', age))
  t.same(files, ['Clark.log', 'Clark.log.1', 'Clark.log.2', 'Clark.log.3', 'Clark.log.4'])
})

t.test('only a missing file is not an error', async (t) => {
  const folder = t.testdir({ 'Clark.log': 'text' })
  t.equal(await undefinedIfMissing(readFile(`${folder}/Clark.log`, 'utf8')), 'text')
  t.equal(await undefinedIfMissing(readFile(`${folder}/Elm.log`)), undefined)
  await t.rejects(undefinedIfMissing(readFile(folder)), { code: 'EISDIR' })
})

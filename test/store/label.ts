import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PersonError } from '../../src/person-error.js'
import { Label } from '../../src/store/label.js'

t.test('a new folder is labelled, and the label counts the reports written', async (t) => {
  const folder = join(t.testdir(), 'data', 'Clark')
  const label = await Label.read(folder, 'Clark')
  t.match(label, { isNew: true, written: 0 })
  t.equal(readFileSync(join(folder, 'LABEL'), 'utf8'), '0000000000000000 reports of Clark, format 1\n')
  for (const count of [7, 1234]) await label.note(count)
  await label.close()
  t.equal(readFileSync(join(folder, 'LABEL'), 'utf8'), '0000000000001234 reports of Clark, format 1\n')
  t.match(await Label.read(folder, 'Clark'), { isNew: false, written: 1234 })
})

const FOREIGN = 'FOLDER holds no data of proxyherd'

for (const [what, files, message] of [
  ['files of somebody else', { 'holiday.jpg': '' }, FOREIGN],
  ['a label that is empty', { LABEL: '' }, FOREIGN],
  ['a label that is garbage', { LABEL: '\0\0\0\0 reports of Clark, format 1\n' }, FOREIGN],
  [
    'the data of another server',
    { LABEL: '0000000000000007 reports of Oak, format 1\n' },
    'the data in FOLDER are those of Oak, not Clark',
  ],
  [
    'data of the future',
    { LABEL: '0000000000000007 reports of Clark, format 2\n' },
    'the data in FOLDER are of format 2, and only 1 is known here',
  ],
] as const)
  t.test(`${what}: refused and left unchanged`, async (t) => {
    const folder = join(t.testdir(), 'Clark')
    mkdirSync(folder)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    await t.rejects(
      Label.read(folder, 'Clark'),
      new PersonError(
        message.replace('FOLDER', folder),
        'move it away to start with an empty one, or name another with --state',
      ),
    )
    for (const [name, text] of Object.entries(files)) t.equal(readFileSync(join(folder, name), 'utf8'), text)
  })

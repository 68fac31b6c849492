import t from 'tap'
import { fileErrorText } from '../../src/log/file-error-text.js'

t.test('known error codes have their own text, others the text of the system', async (t) => {
  t.equal(fileErrorText(Object.assign(new Error('ENOSPC: …'), { code: 'ENOSPC' })), 'the disk is full')
  t.equal(
    fileErrorText(Object.assign(new Error('ELOOP: too many links'), { code: 'ELOOP' })),
    'ELOOP: too many links',
  )
  t.equal(fileErrorText(new Error('no code')), 'no code')
})

import t from 'tap'
import { fileErrorText } from '../../src/log/file-error-text.js'

t.test('a fault of a file is told in words, or as the system tells it', async (t) => {
  t.equal(fileErrorText(Object.assign(new Error('ENOSPC: …'), { code: 'ENOSPC' })), 'the disk is full')
  t.equal(
    fileErrorText(Object.assign(new Error('ELOOP: too many links'), { code: 'ELOOP' })),
    'ELOOP: too many links',
  )
  t.equal(fileErrorText(new Error('no code')), 'no code')
})

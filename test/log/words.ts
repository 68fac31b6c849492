import t from 'tap'
import { fileWords } from '../../src/log/words.js'

t.test('a fault of a file is told in words, or as the system tells it', async (t) => {
  t.equal(fileWords(Object.assign(new Error('ENOSPC: …'), { code: 'ENOSPC' })), 'the disk is full')
  t.equal(
    fileWords(Object.assign(new Error('ELOOP: too many links'), { code: 'ELOOP' })),
    'ELOOP: too many links',
  )
  t.equal(fileWords(new Error('no code')), 'no code')
})

import t from 'tap'
import { faultWords, isFull, UnsyncedError } from '../../src/store/store-errors.js'

function fileError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code })
}

const FULL = fileError('ENOSPC', 'no space left on device, write')

for (const [what, error, words, isOfRoom] of [
  ['a full disk', FULL, 'the disk is full', true],
  ['a quota', fileError('EDQUOT', 'disk quota exceeded'), 'the disk quota is used up', true],
  ['no permission', fileError('EACCES', 'permission denied, open'), 'permission denied', false],
  ['a sync that failed', new UnsyncedError('', { cause: FULL }), 'the disk is full', false],
  ['anything else', new Error('anything else'), 'anything else', false],
] as const)
  t.test(what, async (t) => {
    t.equal(faultWords(error), words)
    t.equal(isFull(error), isOfRoom)
  })

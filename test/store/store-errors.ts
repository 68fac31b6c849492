import t from 'tap'
import { DamageError, faultWords, isDamage, isLocked } from '../../src/store/store-errors.js'

function level(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

const notOpen = (cause: Error): Error =>
  Object.assign(new Error('Database failed to open', { cause }), { code: 'LEVEL_DATABASE_NOT_OPEN' })

for (const [error, words, kind] of [
  [level('LEVEL_CORRUPTION', 'Corruption: block checksum mismatch'), 'block checksum mismatch', 'damage'],
  [new DamageError('missing clients: 2'), 'missing clients: 2', 'damage'],
  [
    notOpen(level('LEVEL_IO_ERROR', 'IO error: data/MANIFEST-2: No such file or directory')),
    'no such file or directory',
    'damage',
  ],
  [
    level('LEVEL_IO_ERROR', 'IO error: data/000012.log: No space left on device'),
    'no space left on device',
    'lack',
  ],
  [level('ENOSPC', 'ENOSPC: no space left on device, write'), 'the disk is full', 'lack'],
  [notOpen(new Error('Invalid argument: data/Clark: does not exist')), 'does not exist', 'damage'],
  [new Error('anything else'), 'anything else', 'lack'],
  [
    notOpen(level('LEVEL_LOCKED', 'IO error: lock data/LOCK: Resource temporarily unavailable')),
    'resource temporarily unavailable',
    'locked',
  ],
] as const)
  t.test(words, async (t) => {
    t.equal(faultWords(error), words)
    t.equal(isDamage(error), kind === 'damage')
    t.equal(isLocked(error), kind === 'locked')
  })

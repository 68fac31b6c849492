import t from 'tap'
import { crc32c } from '../../src/store/leveldb-crc.js'

// The examples of RFC 3720, B.4, and the usual check value.
for (const [what, bytes, checksum] of [
  ['nothing', Buffer.alloc(0), 0],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 255), 0x62a8ab43],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
] as const)
  t.test(what, async (t) => {
    t.equal(crc32c(bytes), checksum)
  })

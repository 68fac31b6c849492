import t from 'tap'
import { hash, siphash, type HashKey } from '../../src/memory/siphash.js'
import { formatDigest } from '../../src/protocol/sync.js'

const KEY = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c] as const

/** The bytes 0, 1, 2 and so on. */
const COUNT = Buffer.from(Array.from({ length: 70 }, (_, byte) => byte))

function hashed(key: HashKey, bytes: Buffer, start = 0, end = bytes.length): string {
  siphash(key, bytes, start, end)
  return formatDigest(hash.high, hash.low)
}

t.test('it is SipHash-2-4: it matches the test vectors of its authors', async (t) => {
  const vectors: Record<number, string> = {
    0: '726fdb47dd0e0e31',
    1: '74f839c593dc67fd',
    7: 'ab0200f58b01d137',
    8: '93f5f5799a932462',
    15: 'a129ca6149be45e5',
    63: '958a324ceb064572',
  }
  for (const [length, hash] of Object.entries(vectors))
    t.equal(hashed(KEY, COUNT, 0, Number(length)), hash, `${length} bytes`)
})

t.test('the hash depends on the bytes alone, not on where they are', async (t) => {
  for (let length = 0; length <= 20; length += 1) {
    const alone = Buffer.from(COUNT.subarray(13, 13 + length))
    t.equal(hashed(KEY, COUNT, 13, 13 + length), hashed(KEY, alone), `${length} bytes`)
  }
})

t.test('another key gives another hash, and bytes above 127 are unsigned', async (t) => {
  const kiwi = Buffer.from('kiwi')
  t.not(hashed([1, 2, 3, 4], kiwi), hashed([1, 2, 3, 5], kiwi))
  t.not(hashed(KEY, Buffer.from([0xff])), hashed(KEY, Buffer.from([0x7f])))
})

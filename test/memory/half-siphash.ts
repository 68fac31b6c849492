import t from 'tap'
import { halfSiphash, type HalfKey } from '../../src/memory/half-siphash.js'

const KEY = [0x03020100, 0x07060504] as const

/** The bytes 0, 1, 2 and so on. */
const COUNT = Buffer.from(Array.from({ length: 70 }, (_, byte) => byte))

function hashed(key: HalfKey, bytes: Buffer, start = 0, end = bytes.length): string {
  return halfSiphash(key, bytes, start, end).toString(16).padStart(8, '0')
}

// From lib/tests/siphash_kunit.c, for 32-bit machines.
t.test('it is HalfSipHash-1-3: it matches the test vectors of the Linux kernel', async (t) => {
  const vectors: Record<number, string> = {
    0: '5814c896',
    1: 'e7e864ca',
    2: 'bc4b0e30',
    3: '01539939',
    4: '7e059ea6',
    5: '88e3d89b',
    6: 'a0080b65',
    7: '9d38d9d6',
    8: '577999b1',
    15: 'd0257b04',
    16: '8b31d501',
    63: '87178304',
  }
  for (const [length, hash] of Object.entries(vectors))
    t.equal(hashed(KEY, COUNT, 0, Number(length)), hash, `${length} bytes`)
})

t.test('the hash depends on the bytes alone, not on where they are', async (t) => {
  for (let length = 0; length <= 12; length += 1) {
    const alone = Buffer.from(COUNT.subarray(13, 13 + length))
    t.equal(hashed(KEY, COUNT, 13, 13 + length), hashed(KEY, alone), `${length} bytes`)
  }
})

t.test('both halves of the key count, and bytes above 127 are unsigned', async (t) => {
  const kiwi = Buffer.from('kiwi')
  t.equal(new Set([hashed([1, 2], kiwi), hashed([1, 3], kiwi), hashed([2, 2], kiwi)]).size, 3)
  t.not(hashed(KEY, Buffer.from([0xff])), hashed(KEY, Buffer.from([0x7f])))
})

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

/** SipHash-2-4 of eight bytes, as its authors write it. */
function reference(key: HashKey, word: bigint): string {
  const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
  const turn = (value: bigint, by: bigint): bigint => wrap((value << by) | (value >> (64n - by)))
  const [low, high] = [BigInt(key[0]) | (BigInt(key[1]) << 32n), BigInt(key[2]) | (BigInt(key[3]) << 32n)]
  let a = low ^ 0x736f6d6570736575n
  let b = high ^ 0x646f72616e646f6dn
  let c = low ^ 0x6c7967656e657261n
  let d = high ^ 0x7465646279746573n
  const round = (): void => {
    a = wrap(a + b)
    c = wrap(c + d)
    b = turn(b, 13n) ^ a
    d = turn(d, 16n) ^ c
    a = turn(a, 32n)
    c = wrap(c + b)
    a = wrap(a + d)
    b = turn(b, 17n) ^ c
    d = turn(d, 21n) ^ a
    c = turn(c, 32n)
  }
  for (const block of [word, 8n << 56n]) {
    d ^= block
    round()
    round()
    a ^= block
  }
  c ^= 0xffn
  for (let rounds = 0; rounds < 4; rounds += 1) round()
  return (a ^ b ^ c ^ d).toString(16).padStart(16, '0')
}

t.test('low words that add up to exactly 2^32 - 1 carry nothing', async (t) => {
  // With this key and these bytes, the first two sums are that.
  const key = [0x70736575, 2, 0x919b9092, 4] as const
  const low = (~(key[0] ^ 0x6e657261) ^ key[2] ^ 0x79746573) >>> 0
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(low)
  t.equal(hashed(key, bytes), reference(key, BigInt(low)))
  t.equal(hashed(KEY, COUNT, 0, 8), reference(KEY, 0x0706050403020100n), 'as for any other bytes')
})

import { wordAt } from '../protocol/bytes.js'

/** A secret of 64 bits, as two words of 32. */
export type HalfKey = readonly [number, number]

/**
 * The HalfSipHash-1-3 of some bytes with a key of 64 bits, from 0 to 2^32 - 1: SipHash's little sister for tables in memory, where one
 * who does not see the hashes has little to learn from (Aumasson; as in the Linux kernel's `hsiphash`). Ours, for the reason that
 * `siphash` is.
 */
export function halfSiphash(key: HalfKey, bytes: Uint8Array, start: number, end: number): number {
  // Signed 32-bit integers are what V8 computes with fastest.
  const k0 = key[0] | 0
  const k1 = key[1] | 0
  let v0 = k0
  let v1 = k1
  let v2 = 0x6c796765 ^ k0
  let v3 = 0x74656462 ^ k1
  const whole = start + ((end - start) & ~3)
  // After the words, the last of them with the length, come three rounds without one.
  const last = whole + 4 * FINAL_ROUNDS
  for (let at = start; at <= last; at += 4) {
    const word =
      at > whole ? 0 : at < whole ? wordAt(bytes, at) : tailAt(bytes, at, end) | ((end - start) << 24)
    if (at === whole + 4) v2 ^= 0xff
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  return (v1 ^ v3) >>> 0
}

const FINAL_ROUNDS = 3

/** Up to three bytes. */
function tailAt(bytes: Uint8Array, start: number, end: number): number {
  let word = 0
  for (let at = start; at < end; at += 1) word |= (bytes[at] as number) << (8 * (at - start))
  return word
}

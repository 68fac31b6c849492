import { wordAt } from '../protocol/bytes.js'

/** A secret of 128 bits, as four words of 32, the lowest first. */
export type HashKey = readonly [number, number, number, number]

/** The result of `siphash`: 64 bits, as two words of 32. All calls share it, since none waits for anything. */
export const hash = { high: 0, low: 0 }

/**
 * Leaves in `hash` the SipHash-2-4 of some bytes (Aumasson and Bernstein, 2012): a keyed hash that nobody without the key can tell from
 * chance, nor steer. Ours, because every report is hashed, and the library there is takes ten times as long; so it is written out, each
 * variable of 64 bits a low and a high word.
 */
export function siphash(key: HashKey, bytes: Uint8Array, start: number, end: number): void {
  const k0 = key[0]
  const k1 = key[1]
  const k2 = key[2]
  const k3 = key[3]
  state[0] = k0 ^ 0x70736575
  state[1] = k1 ^ 0x736f6d65
  state[2] = k2 ^ 0x6e646f6d
  state[3] = k3 ^ 0x646f7261
  state[4] = k0 ^ 0x6e657261
  state[5] = k1 ^ 0x6c796765
  state[6] = k2 ^ 0x79746573
  state[7] = k3 ^ 0x74656462
  const length = end - start
  const whole = start + (length & ~7)
  for (let at = start; at < whole; at += 8) absorb(wordAt(bytes, at), wordAt(bytes, at + 4))
  absorb(tailAt(bytes, whole, end), tailAt(bytes, whole + 4, end) | (length << 24))
  state[4] = state[4] ^ 0xff
  rounds(4)
  hash.low = (state[0] ^ state[2] ^ state[4] ^ state[6]) >>> 0
  hash.high = (state[1] ^ state[3] ^ state[5] ^ state[7]) >>> 0
}

const MAX_WORD = 0xffff_ffff

// The state: four variables of 64 bits, each a low and a high word. All calls share it, since none waits for anything.
const state = new Int32Array(8)

/** Four bytes, of which those beyond the end count as 0. */
function tailAt(bytes: Uint8Array, at: number, end: number): number {
  let word = 0
  for (let index = at; index < Math.min(at + 4, end); index += 1)
    word |= (bytes[index] as number) << (8 * (index - at))
  return word
}

function absorb(low: number, high: number): void {
  state[6] = (state[6] as number) ^ low
  state[7] = (state[7] as number) ^ high
  rounds(2)
  state[0] = (state[0] as number) ^ low
  state[1] = (state[1] as number) ^ high
}

/**
 * A round of SipHash is twice the same: a += b, c += d; b and d turned left and XORed with a and c; a turned by 32. The second time with c
 * in the place of a. Written out, each variable as two of the machine's own, because a call for each step takes four times as long.
 */
function rounds(count: number): void {
  let al = state[0] as number
  let ah = state[1] as number
  let bl = state[2] as number
  let bh = state[3] as number
  let cl = state[4] as number
  let ch = state[5] as number
  let dl = state[6] as number
  let dh = state[7] as number
  for (let half = 0; half < 2 * count; half += 1) {
    const bTurn = half % 2 === 0 ? 13 : 17
    const dTurn = half % 2 === 0 ? 16 : 21
    const aSum = (al >>> 0) + (bl >>> 0)
    const cSum = (cl >>> 0) + (dl >>> 0)
    const aHigh = (ah + bh + (aSum > MAX_WORD ? 1 : 0)) | 0
    const cHigh = (ch + dh + (cSum > MAX_WORD ? 1 : 0)) | 0
    const bLow = ((bl << bTurn) | (bh >>> (32 - bTurn))) ^ aSum
    bh = ((bh << bTurn) | (bl >>> (32 - bTurn))) ^ aHigh
    bl = bLow
    const dLow = ((dl << dTurn) | (dh >>> (32 - dTurn))) ^ cSum
    dh = ((dh << dTurn) | (dl >>> (32 - dTurn))) ^ cHigh
    dl = dLow
    al = cSum | 0
    ah = cHigh
    cl = aHigh
    ch = aSum | 0
  }
  state[0] = al
  state[1] = ah
  state[2] = bl
  state[3] = bh
  state[4] = cl
  state[5] = ch
  state[6] = dl
  state[7] = dh
}

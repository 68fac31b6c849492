/** A secret of 128 bits, as four words of 32, the lowest first. */
export type HashKey = readonly [number, number, number, number]

/** 64 bits, as two words of 32, each from 0 to 2^32 - 1. */
export interface Hash {
  readonly high: number
  readonly low: number
}

const MAX_WORD = 0xffff_ffff

// Four variables of 64 bits, each a low and a high word. One for all, since nothing here waits for anything.
const state = new Int32Array(8)

/**
 * SipHash-2-4 of latin1 text (Aumasson and Bernstein, 2012): a keyed hash that nobody without the key can tell from chance, nor steer.
 * Ours, because a server that compares with its neighbours hashes every report that has changed, and the library there is takes ten times
 * as long.
 */
export function siphash(key: HashKey, text: string): Hash {
  const [k0, k1, k2, k3] = key
  state[0] = k0 ^ 0x70736575
  state[1] = k1 ^ 0x736f6d65
  state[2] = k2 ^ 0x6e646f6d
  state[3] = k3 ^ 0x646f7261
  state[4] = k0 ^ 0x6e657261
  state[5] = k1 ^ 0x6c796765
  state[6] = k2 ^ 0x79746573
  state[7] = k3 ^ 0x74656462
  const whole = text.length & ~7
  for (let at = 0; at < whole; at += 8) absorb(word(text, at), word(text, at + 4))
  absorb(word(text, whole), word(text, whole + 4) | (text.length << 24))
  state[4] = read(4) ^ 0xff
  rounds(4)
  return {
    low: (read(0) ^ read(2) ^ read(4) ^ read(6)) >>> 0,
    high: (read(1) ^ read(3) ^ read(5) ^ read(7)) >>> 0,
  }
}

/** Four bytes, the first the lowest; what is beyond the end counts as 0. */
function word(text: string, at: number): number {
  return byte(text, at) | (byte(text, at + 1) << 8) | (byte(text, at + 2) << 16) | (byte(text, at + 3) << 24)
}

function byte(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 0
}

function read(at: number): number {
  return state[at] as number
}

function absorb(low: number, high: number): void {
  state[6] = read(6) ^ low
  state[7] = read(7) ^ high
  rounds(2)
  state[0] = read(0) ^ low
  state[1] = read(1) ^ high
}

/**
 * A round of SipHash is twice the same: a += b, c += d; b and d turned left and XORed with a and c; a turned by 32. The second time with c
 * in the place of a. Written out, each variable as two of the machine's own, because a call for each step takes four times as long.
 */
function rounds(count: number): void {
  let al = read(0)
  let ah = read(1)
  let bl = read(2)
  let bh = read(3)
  let cl = read(4)
  let ch = read(5)
  let dl = read(6)
  let dh = read(7)
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

/** A secret of 128 bits, as four words of 32, the lowest first. */
export type HashKey = readonly [number, number, number, number]

/** 64 bits, as two words of 32, each from 0 to 2^32 - 1. */
export interface Hash {
  readonly high: number
  readonly low: number
}

// Four variables of 64 bits, each a low and a high word. One for all, since nothing here waits for anything.
const state = new Uint32Array(8)

/**
 * SipHash-2-4 of latin1 text (Aumasson and Bernstein, 2012): a keyed hash that nobody without the key can tell from chance, nor steer.
 * Ours, because every report is hashed while its client waits, and the library there is takes twice as long.
 */
export function siphash(key: HashKey, text: string): Hash {
  const [k0, k1, k2, k3] = key
  state.set([k0 ^ 0x70736575, k1 ^ 0x736f6d65, k2 ^ 0x6e646f6d, k3 ^ 0x646f7261])
  state.set([k0 ^ 0x6e657261, k1 ^ 0x6c796765, k2 ^ 0x79746573, k3 ^ 0x74656462], 4)
  const whole = text.length & ~7
  for (let at = 0; at < whole; at += 8) absorb(word(text, at), word(text, at + 4))
  absorb(word(text, whole), word(text, whole + 4) | (text.length << 24))
  xor(4, 0xff, 0)
  for (let rounds = 0; rounds < 4; rounds += 1) round()
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

function absorb(low: number, high: number): void {
  xor(6, low, high)
  round()
  round()
  xor(0, low, high)
}

// A variable is known by the place of its low word: 0, 2, 4 or 6.
function round(): void {
  add(0, 2)
  turn(2, 13, 0)
  swap(0)
  add(4, 6)
  turn(6, 16, 4)
  add(0, 6)
  turn(6, 21, 0)
  add(4, 2)
  turn(2, 17, 4)
  swap(4)
}

function read(at: number): number {
  return state[at] as number
}

function xor(at: number, low: number, high: number): void {
  state[at] = read(at) ^ low
  state[at + 1] = read(at + 1) ^ high
}

function add(to: number, from: number): void {
  const low = read(to) + read(from)
  state[to + 1] = read(to + 1) + read(from + 1) + (low > 0xffffffff ? 1 : 0)
  state[to] = low
}

/** Turns a variable left by some bits, fewer than 32, and XORs another into it. */
function turn(at: number, bits: number, other: number): void {
  const [low, high] = [read(at), read(at + 1)]
  state[at] = ((low << bits) | (high >>> (32 - bits))) ^ read(other)
  state[at + 1] = ((high << bits) | (low >>> (32 - bits))) ^ read(other + 1)
}

/** Turns a variable by 32 bits. */
function swap(at: number): void {
  const low = read(at)
  state[at] = read(at + 1)
  state[at + 1] = low
}

import t from 'tap'
import { siphash } from '../../src/flood/siphash.js'

const KEY = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c] as const

t.test('it is SipHash-2-4: the vectors of its authors, for the bytes 0, 1, 2 and so on', async (t) => {
  const vectors: Record<number, string> = {
    0: '726fdb47dd0e0e31',
    1: '74f839c593dc67fd',
    7: 'ab0200f58b01d137',
    8: '93f5f5799a932462',
    15: 'a129ca6149be45e5',
    63: '958a324ceb064572',
  }
  for (const [length, hash] of Object.entries(vectors)) {
    const text = String.fromCharCode(...Array.from({ length: Number(length) }, (_, byte) => byte))
    const { high, low } = siphash(KEY, text)
    t.equal(high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0'), hash, `${length} bytes`)
  }
})

t.test('another key gives another hash, and a byte above 127 is one byte', async (t) => {
  t.notSame(siphash([1, 2, 3, 4], 'kiwi'), siphash([1, 2, 3, 5], 'kiwi'))
  t.notSame(siphash(KEY, '\xff'), siphash(KEY, '\x7f'))
})

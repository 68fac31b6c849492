import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  ByteWriter,
  compareBytes,
  copyBytes,
  spells,
  toBytes,
  toText,
  wordAt,
} from '../../src/protocol/bytes.js'
import { bytes } from '../fixtures/text.js'

/** A range of bytes. */
function part(): fc.Arbitrary<{ bytes: Uint8Array; start: number; end: number }> {
  return fc.tuple(bytes(20), fc.nat(20), fc.nat(20)).map(([text, one, other]) => {
    const [start, end] = [Math.min(one, other, text.length), Math.min(Math.max(one, other), text.length)]
    return { bytes: toBytes(text), start, end }
  })
}

t.test('one byte is one character', async (t) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  t.equal(toText(all).length, 256)
  t.same(toBytes(toText(all)), all)
  t.equal(toText(Uint8Array.from(all).subarray(65, 68)), 'ABC', 'of any array of bytes')
  t.equal(toText(toBytes('kiwi\xe9'), 2), 'wi\xe9', 'from an index on')
  t.equal(toText(toBytes('kiwi\xe9'), 2, 4), 'wi', 'and up to another')
})

t.test('bytes are equal to a text or not', async (t) => {
  const kiwi = toBytes('a kiwi\xe9 b')
  t.ok(spells(kiwi, 2, 7, 'kiwi\xe9'))
  t.ok(spells(kiwi, 2, 2, ''))
  for (const text of ['', 'kiwi', 'kiwi\xe9 ', 'Kiwi\xe9', 'kiwie']) t.notOk(spells(kiwi, 2, 7, text), text)
})

t.test('bytes are ordered by the first that differs, and a prefix comes first', async () => {
  fc.assert(
    fc.property(part(), part(), (a, b) => {
      const order = compareBytes(a.bytes, a.start, a.end, b.bytes, b.start, b.end)
      const [ours, theirs] = [a.bytes.subarray(a.start, a.end), b.bytes.subarray(b.start, b.end)]
      assert.equal(Math.sign(order), Buffer.compare(ours, theirs))
    }),
  )
})

t.test('bytes with a common start are ordered by the rest', async (t) => {
  const compare = (a: string, b: string): number => {
    const [ours, theirs] = [toBytes(`-${a}-`), toBytes(`${b}-`)]
    return Math.sign(compareBytes(ours, 1, 1 + a.length, theirs, 0, b.length))
  }
  const order = ['', '+1', '+10', '+2', 'a', 'ab', '\xe9']
  order.forEach((a, one) => {
    order.forEach((b, other) => t.equal(compare(a, b), Math.sign(one - other), `"${a}" and "${b}"`))
  })
})

t.test('a word has four bytes, the lowest first, and is signed', async (t) => {
  const bytes = Buffer.from([0xee, 0x01, 0x02, 0x03, 0x84, 0xee])
  t.equal(wordAt(bytes, 1), 0x84030201 - 2 ** 32)
})

t.test('bytes are copied, and those around them are unchanged', async () => {
  fc.assert(
    fc.property(part(), fc.nat(5), fc.nat(5), ({ bytes, start, end }, before, after) => {
      const to = Buffer.alloc(before + end - start + after, '#')
      copyBytes(bytes, start, end, to, before)
      const copied = toText(bytes, start, end)
      assert.equal(toText(to), '#'.repeat(before) + copied + '#'.repeat(after))
    }),
  )
})

t.test('a writer holds what was written, in order, whatever its initial capacity', async () => {
  const steps = fc.array(fc.oneof(bytes(30), part(), fc.nat(255)), { maxLength: 30 })
  fc.assert(
    fc.property(steps, fc.nat(10), (steps, capacity) => {
      const out = new ByteWriter(capacity)
      let written = ''
      for (const step of steps) {
        if (typeof step === 'string') out.text(step)
        else if (typeof step === 'number') out.byte(step)
        else out.copy(step.bytes, step.start, step.end)
        if (typeof step === 'string') written += step
        else if (typeof step === 'number') written += String.fromCharCode(step)
        else written += toText(step.bytes, step.start, step.end)
        assert.equal(out.length, written.length)
        assert.equal(toText(out.bytes, 0, out.length), written)
      }
      assert.equal(toText(out.take()), written)
      assert.equal(out.length, 0)
    }),
  )
})

t.test('after reserve, what fits is written to the same memory', async (t) => {
  const out = new ByteWriter(1)
  out.text('kiwi')
  out.reserve(1_000)
  const { bytes } = out
  t.equal(toText(bytes, 0, out.length), 'kiwi', 'with what was written')
  out.text('x'.repeat(1_000))
  t.equal(out.bytes, bytes)
})

t.test('copying a part of many bytes makes room for that part only', async (t) => {
  const out = new ByteWriter(4)
  const { bytes } = out
  out.copy(toBytes(`${' '.repeat(1_000)}kiwi`), 1_000, 1_004)
  t.equal(out.bytes, bytes)
})

t.test('take returns a copy', async (t) => {
  const out = new ByteWriter()
  out.text('kiwi')
  const taken = out.take()
  out.text('emu')
  t.equal(toText(taken), 'kiwi')
  t.equal(toText(out.take()), 'emu')
  out.text('gone')
  out.take()
  t.same(out.take(), Buffer.alloc(0), 'and what is taken is gone')
})

t.test('a writer does not keep memory for an unusually large content', async (t) => {
  const out = new ByteWriter()
  const large = 'x'.repeat(10_000_000)
  out.text(large)
  t.equal(toText(out.take()), large)
  t.ok(out.bytes.length < 1_000_000)
  out.text('kiwi')
  const { bytes } = out
  t.equal(toText(out.take()), 'kiwi')
  t.equal(out.bytes, bytes, 'the room for little it keeps')
})

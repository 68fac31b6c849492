import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { DigestSet } from '../../src/flood/digest-set.js'

// Few words, so that many digests share one of their two words or a slot.
const word = fc.constantFrom(0, 1, 2, 64, 128, 0xffff_ffff)
const digest = fc.tuple(word, word)
// More than there is room for at first.
const digests = fc.array(digest, { maxLength: 150, size: 'max' })

t.test('a set finds exactly the digests in it, and lists those that were not looked up', async (t) => {
  const set = new DigestSet()
  const property = fc.property(digests, digests, (held, asked) => {
    set.fill(Uint32Array.from(held.flat()))
    const names = new Set(held.map(String))
    for (const [high, low] of asked) assert.equal(set.find(high, low), names.has(String([high, low])))
    const found = new Set(asked.map(String))
    const left = held.filter((each) => !found.has(String(each)))
    assert.deepEqual([...set.left()], left.flat())
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test('what is left does not change when the set is filled again', async (t) => {
  const set = new DigestSet()
  set.fill(Uint32Array.of(1, 2, 3, 4))
  const left = set.left()
  set.fill(Uint32Array.of(5, 6))
  t.same([...left], [1, 2, 3, 4])
  t.equal(set.find(1, 2), false)
})

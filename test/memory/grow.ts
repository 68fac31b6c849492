import t from 'tap'
import { grow } from '../../src/memory/grow.js'

t.test('an array that is long enough stays what it is', async (t) => {
  const array = Uint32Array.of(1, 2, 3)
  t.equal(grow(array, 0), array)
  t.equal(grow(array, 3), array)
})

t.test('one that is not is copied: what is in it is kept, and the rest is 0', async (t) => {
  t.same(grow(Uint32Array.of(1, 2, 0xffff_ffff), 4), Uint32Array.of(1, 2, 0xffff_ffff, 0, 0))
  t.same(grow(Uint16Array.of(7), 3), Uint16Array.of(7, 0, 0), 'of the same kind')
})

t.test('it grows by half at least, so that one that grows one by one is seldom copied', async (t) => {
  let [array, copies] = [new Uint32Array(1), 0]
  for (let length = 1; length <= 100_000; length += 1) {
    const larger = grow(array, length)
    if (larger !== array) copies += 1
    array = larger
  }
  t.ok(copies < 40, `${copies} copies`)
  t.ok(array.length < 200_000)
})

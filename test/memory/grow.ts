import t from 'tap'
import { grow } from '../../src/memory/grow.js'

t.test('an array that is long enough is returned as it is', async (t) => {
  const array = Uint32Array.of(1, 2, 3)
  t.equal(grow(array, 0), array)
  t.equal(grow(array, 3), array)
})

t.test('a shorter array is copied: its elements are kept and the rest are 0', async (t) => {
  t.same(grow(Uint32Array.of(1, 2, 0xffff_ffff), 4), Uint32Array.of(1, 2, 0xffff_ffff, 0, 0))
  t.same(grow(Uint16Array.of(7), 3), Uint16Array.of(7, 0, 0), 'the copy has the same type')
})

t.test('an array grows by at least half, so growth one by one seldom copies', async (t) => {
  let [array, copies] = [new Uint32Array(1), 0]
  for (let length = 1; length <= 100_000; length += 1) {
    const larger = grow(array, length)
    if (larger !== array) copies += 1
    array = larger
  }
  t.ok(copies < 40, `${copies} copies`)
  t.ok(array.length < 200_000)
})

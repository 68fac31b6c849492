import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { HashIndex, NO_ENTRY } from '../../src/memory/hash-index.js'

/** How many slots an index has at first. The highest bits of a hash say which slot is its own. */
const SLOTS = 64
const SLOT_SHARE = 2 ** 32 / SLOTS

/** The least hash that has a slot as its own. */
function hashOf(slot: number): number {
  return slot * SLOT_SHARE
}

/** The numbers that are found with a hash. */
function numbersWith(index: HashIndex, hash: number): number[] {
  const numbers: number[] = []
  for (let entry = index.first(hash); entry !== NO_ENTRY; entry = index.next(entry, hash))
    numbers.push(index.numberIn(entry))
  return numbers
}

function sorted(numbers: readonly number[] = []): number[] {
  return numbers.toSorted((a, b) => a - b)
}

t.test('a number is found with its hash, and with no other', async (t) => {
  const index = new HashIndex()
  index.add(0, 0)
  index.add(7, 0xffff_ffff)
  t.same(numbersWith(index, 0), [0])
  t.same(numbersWith(index, 0xffff_ffff), [7])
  t.same(numbersWith(index, 1), [], 'although it has the same slot')
  t.same(numbersWith(index, 0xffff_fffe), [])
  t.same(numbersWith(index, hashOf(9)), [])
})

t.test('room may be reserved before or between numbers, and all are found', async (t) => {
  const index = new HashIndex()
  index.add(0, hashOf(3))
  for (const [reserved, numbers] of [
    [10, 100],
    [5_000, 5_000],
    [0, 5_200],
  ] as const) {
    index.reserve(reserved)
    for (let number = 1; number < numbers; number += 1)
      if (numbersWith(index, number * 800_011).length === 0) index.add(number, number * 800_011)
  }
  const lost = Array.from({ length: 5_199 }, (_, n) => n + 1).filter(
    (number) => numbersWith(index, number * 800_011)[0] !== number,
  )
  t.same(lost, [])
  t.same(numbersWith(index, hashOf(3)), [0])
})

t.test('all numbers with one hash are found, in the order in which they were added', async (t) => {
  const index = new HashIndex()
  for (const number of [5, 3, 9]) index.add(number, hashOf(20))
  t.same(numbersWith(index, hashOf(20)), [5, 3, 9])
})

t.test('a search from the last slot goes on in the first', async (t) => {
  const index = new HashIndex()
  for (let number = 0; number < 5; number += 1) index.add(number, hashOf(SLOTS - 1) + number)
  index.add(5, hashOf(0))
  for (let number = 0; number < 5; number += 1)
    t.same(numbersWith(index, hashOf(SLOTS - 1) + number), [number])
  t.same(numbersWith(index, hashOf(0)), [5])
  t.same(numbersWith(index, hashOf(SLOTS - 1) + 5), [])
})

t.test('deleting a number moves up only those that a search would miss', async (t) => {
  // Around slots 10, 63 and 0: the slots that the hashes want, in the order in which they are added.
  const rows = [
    [10, 10, 10],
    [10, 11, 10, 12],
    [10, 10, 12, 11, 10],
    [63, 63, 63, 63],
    [63, 0, 63, 1, 0],
    [62, 62, 63, 0, 62, 1],
    [0, 63, 0, 63, 1],
  ]
  for (const slots of rows)
    for (const deleted of slots.keys()) {
      const index = new HashIndex()
      for (const [number, slot] of slots.entries()) index.add(number, hashOf(slot) + number)
      index.delete(deleted, hashOf(slots[deleted] ?? NaN) + deleted)
      for (const [number, slot] of slots.entries()) {
        const expected = number === deleted ? [] : [number]
        t.same(numbersWith(index, hashOf(slot) + number), expected, `${slots.join()} without ${deleted}`)
      }
    }
})

t.test('deleting a number leaves others with the same hash', async (t) => {
  for (const deleted of [5, 3, 9]) {
    const index = new HashIndex()
    for (const number of [5, 3, 9]) index.add(number, hashOf(20))
    index.delete(deleted, hashOf(20))
    t.same(
      numbersWith(index, hashOf(20)),
      [5, 3, 9].filter((number) => number !== deleted),
    )
  }
})

t.test('an index with as many deletions as additions does not fill up', async (t) => {
  const index = new HashIndex()
  for (let number = 0; number < 10_000; number += 1) {
    const hash = (number * 0x9e37_79b1) % 2 ** 32
    index.add(number, hash)
    index.delete(number, hash)
    assert.equal(index.first(hash), NO_ENTRY)
  }
  index.add(1, hashOf(SLOTS - 1))
  t.equal(index.first(hashOf(SLOTS - 1)), 2 * (SLOTS - 1), 'it has not grown')
})

t.test('it grows when more than three quarters of its slots are used', async (t) => {
  const index = new HashIndex()
  for (let number = 0; number < 48; number += 1) index.add(number, hashOf(number))
  t.equal(index.first(hashOf(47)), 2 * 47)
  index.add(48, hashOf(48))
  t.ok(index.first(hashOf(47)) > 2 * 47)
  for (let number = 0; number < 49; number += 1) t.same(numbersWith(index, hashOf(number)), [number])
})

// Few hashes, so that they collide, and most of them where the index wraps.
const hash = fc
  .tuple(fc.constantFrom(0, 1, 2, 31, 60, 61, 62, 63), fc.nat(2))
  .map(([slot, rest]) => hashOf(slot) + rest)

const step = fc.record({ what: fc.constantFrom('add', 'add', 'delete'), hash, pick: fc.nat(100) })

t.test('whatever is added and deleted, it finds what a Map of arrays holds', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 250, size: 'max' }), (steps) => {
    const [index, model] = [new HashIndex(), new Map<number, number[]>()]
    for (const [number, { what, hash, pick }] of steps.entries()) {
      const numbers = model.get(hash) ?? []
      if (what === 'add') {
        index.add(number, hash)
        model.set(hash, [...numbers, number])
      } else if (numbers.length > 0) {
        const deleted = numbers[pick % numbers.length] ?? NaN
        index.delete(deleted, hash)
        model.set(
          hash,
          numbers.filter((other) => other !== deleted),
        )
      }
      assert.deepEqual(sorted(numbersWith(index, hash)), sorted(model.get(hash)))
    }
    for (const [hash, numbers] of model) assert.deepEqual(sorted(numbersWith(index, hash)), sorted(numbers))
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

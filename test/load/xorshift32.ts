import t from 'tap'
import { RANGE, Xorshift32, threshold } from '../../src/load/xorshift32.js'

t.test('a seed repeats its sequence, and another seed has another sequence', async (t) => {
  const rolls = (seed: number): number[] => {
    const random = new Xorshift32(seed)
    return Array.from({ length: 100 }, () => random.next())
  }
  t.same(rolls(7), rolls(7))
  const all = [0, 1, 2, 3, 2 ** 32 - 1].flatMap(rolls)
  // The last seed would give the state 0, which would stay 0.
  t.ok(new Set(all).size > 490, 'seeds that are close have next to nothing in common')
  t.ok(all.every((roll) => Number.isInteger(roll) && roll >= 0 && roll < RANGE))
})

t.test('a threshold is undercut in the given percentage of calls', async (t) => {
  const random = new Xorshift32(1)
  const most = 100_000
  for (const percent of [0, 5, 50, 100]) {
    let happened = 0
    for (let roll = 0; roll < most; roll += 1) if (random.next() < threshold(percent)) happened += 1
    t.ok(Math.abs(happened / most - percent / 100) < 0.01, `${percent} %: ${happened} of ${most}`)
  }
})

t.test('all numbers below a limit are drawn, and no others', async (t) => {
  const random = new Xorshift32(1)
  const drawn = new Set(Array.from({ length: 1_000 }, () => random.below(10)))
  t.same(
    [...drawn].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
})

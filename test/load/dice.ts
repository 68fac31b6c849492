import t from 'tap'
import { CHANCES, Dice, happensBelow } from '../../src/load/dice.js'

t.test('a seed replays its rolls, and another one has others', async (t) => {
  const rolls = (seed: number): number[] => {
    const dice = new Dice(seed)
    return Array.from({ length: 100 }, () => dice.roll())
  }
  t.same(rolls(7), rolls(7))
  const all = [0, 1, 2, 3, 2 ** 32 - 1].flatMap(rolls)
  // The last one is the seed whose state would be 0, and would stay so.
  t.ok(new Set(all).size > 490, 'seeds that are close have next to nothing in common')
  t.ok(all.every((roll) => Number.isInteger(roll) && roll >= 0 && roll < CHANCES))
})

t.test('what happens in so many of 100 cases does', async (t) => {
  const dice = new Dice(1)
  const most = 100_000
  for (const percent of [0, 5, 50, 100]) {
    let happened = 0
    for (let roll = 0; roll < most; roll += 1) if (dice.roll() < happensBelow(percent)) happened += 1
    t.ok(Math.abs(happened / most - percent / 100) < 0.01, `${percent} %: ${happened} of ${most}`)
  }
})

t.test('all numbers below a limit are drawn, and none beyond', async (t) => {
  const dice = new Dice(1)
  const drawn = new Set(Array.from({ length: 1_000 }, () => dice.below(10)))
  t.same(
    [...drawn].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
})

import t from 'tap'
import { ComparisonTimer } from '../../src/server/comparison-timer.js'

/** Waits until a comparison is due, and returns how long that took. */
function timerOf(
  everyMs: number,
  againMs: number,
): { timer: ComparisonTimer; due: (from?: number) => Promise<number> } {
  let wake: () => void = () => undefined
  const timer = new ComparisonTimer(
    () => {
      wake()
    },
    everyMs,
    againMs,
  )
  // A timer that was set before this is called has run for longer already.
  const due = async (from = performance.now()): Promise<number> => {
    await new Promise<void>((resolve) => (wake = resolve))
    return performance.now() - from
  }
  return { timer, due }
}

// Timers are never early, so these are lower limits only.
t.test('after a difference, comparisons follow at growing intervals until in sync', async (t) => {
  const { timer, due } = timerOf(60, 10)
  for (const wait of [10, 20, 40, 60, 60]) {
    const from = performance.now()
    timer.finished(false)
    t.ok((await due(from)) >= wait - 1, `${wait} ms`)
  }
  const from = performance.now()
  timer.finished(true)
  t.ok((await due(from)) >= 59)
  timer.stop()
})

t.test('after a difference, the next comparison waits two round trips longer', async (t) => {
  const { timer, due } = timerOf(1_000_000, 10)
  timer.roundTripMs = 20
  const from = performance.now()
  timer.finished(false)
  t.ok((await due(from)) >= 49)
  timer.stop()
})

// The wait is not asserted: the next one starts before the test sees the end of the last.
t.test('if a comparison has no result, another is due all the same', async (t) => {
  const { timer, due } = timerOf(10, 10)
  timer.started()
  for (const nth of ['the first', 'the second']) t.ok(await due(), nth)
  timer.finished(true)
  for (const nth of ['after one that came out', 'and again']) t.ok(await due(), nth)
  timer.stop()
})

t.test('a new result replaces the previous one', async (t) => {
  const { timer, due } = timerOf(1_000_000, 10)
  timer.finished(true)
  const from = performance.now()
  timer.finished(false)
  t.ok((await due(from)) >= 9)
  timer.stop()
})

t.test('nothing is compared while the link is down', async (t) => {
  const { timer, due } = timerOf(1, 1)
  timer.finished(false)
  timer.stop()
  const passed = new Promise((resolve) => setTimeout(resolve, 20, 'nothing'))
  t.equal(await Promise.race([due(), passed]), 'nothing')
})

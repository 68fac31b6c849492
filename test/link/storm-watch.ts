import t from 'tap'
import { StormWatch } from '../../src/link/storm-watch.js'

/** Sends the same reports, in turn and evenly, until there is a storm or `times` is reached. Returns for how long it is held off. */
function storm(watch: StormWatch, from: number, reports: readonly string[], times: number): number {
  for (let count = 0; count < times; count += 1)
    for (const report of reports) {
      const found = watch.repeated(report, from)
      if (found) return found.until - from
    }
  return 0
}

t.test('the same report twenty times within ten seconds is a storm', async (t) => {
  const watch = new StormWatch()
  t.equal(storm(watch, 0, ['kiwi 1'], 19), 0)
  t.equal(watch.isHeld(0), false)
  t.same(watch.repeated('kiwi 1', 9_999), { until: 10_999, isFirst: true })
  t.equal(watch.isHeld(10_998), true)
  t.equal(watch.repeated('kiwi 1', 10_998), undefined)
  t.equal(watch.isHeld(10_999), false)
  const slow = new StormWatch()
  storm(slow, 0, ['kiwi 1'], 19)
  t.equal(storm(slow, 10_000, ['kiwi 1'], 19), 0)
})

t.test('many reports that come a few times each are no storm', async (t) => {
  const many = Array.from({ length: 2_000 }, (_, index) => `kiwi ${index}`)
  t.equal(storm(new StormWatch(), 0, many, 19), 0)
  t.equal(storm(new StormWatch(), 0, many.slice(0, 1_000), 20), 1_000)
})

t.test('pauses grow to 30 s, and only the first is reported until it was calm for a minute', async (t) => {
  const watch = new StormWatch()
  let now = 0
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    const pause = storm(watch, now, ['kiwi 1'], 20)
    t.equal(pause, 1_000 * seconds)
    now += pause
  }
  storm(watch, now, ['kiwi 1'], 19)
  t.match(watch.repeated('kiwi 1', now), { isFirst: false })
  t.equal(storm(watch, now + 30_000 + 60_001, ['kiwi 1'], 20), 1_000)
})

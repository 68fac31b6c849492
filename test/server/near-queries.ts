import t from 'tap'
import type { Near } from '../../src/near/near.js'
import {
  DROP_AFTER_MS,
  KEEP_UP_MS,
  MAX_AT_ONCE_MS,
  MAX_KEPT_UP,
  NearQueries,
} from '../../src/server/near-queries.js'
import { SLICE } from '../../src/server/slice-scheduler.js'
import { floodAlone } from '../fixtures/floods.js'
import { report } from '../fixtures/reports.js'

/** A server whose work waits until it is done by hand, and whose clock does not move by itself. */
function aloneWithQueries() {
  const flood = floodAlone('Clark')
  const waiting: (() => void)[] = []
  const add = (_: object, work: () => void): void => void waiting.push(work)
  const clock = { ms: 0 }
  const queries = new NearQueries(flood, { add }, () => clock.ms)
  let time = 0
  const put = (count: number, latitude = 1, from = 0): void => {
    time += 1
    for (let n = from; n < from + count; n += 1)
      flood.receive(report(`AT Clark +0.1 c${String(n).padStart(5, '0')} +${latitude}+1 ${time}`))
  }
  /** Does all work; returns how many turns that took. */
  const work = (meanwhile: () => void = () => undefined): number => {
    let turns = 0
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      next()
      meanwhile()
      turns += 1
    }
    return turns
  }
  const count = (latitude: number) => (near: Near) =>
    near.nearest({ point: { latitude, longitude: 1 }, radiusM: 1, limit: 100_000 }).length
  return { flood, clock, queries, put, work, count }
}

t.test('the index is built in turns when somebody asks', async (t) => {
  const { queries, put, work, count } = aloneWithQueries()
  put(3 * SLICE)
  t.equal(queries.bytes, 0)
  t.equal(queries.unapplied, 0)
  const found = queries.find({}, count(1))
  t.ok(work() >= 3)
  t.equal(await found, 3 * SLICE)
  t.ok(queries.bytes > 0)
  put(2)
  t.equal(queries.unapplied, 2)
})

t.test('a query has all that had changed before it, and does not wait for ever for more', async (t) => {
  const { queries, put, work, count } = aloneWithQueries()
  put(2)
  const first = queries.find({}, count(1))
  work()
  t.equal(await first, 2)
  put(4 * SLICE, 2, 10)
  const second = queries.find({}, count(2))
  let round = 0
  const turns = work(() => {
    round += 1
    if (round < 100) put(2 * SLICE, 2, 10_000 + 2 * SLICE * round)
  })
  t.ok(turns < 10, `${turns} turns`)
  t.ok((await second) >= 4 * SLICE)
})

t.test('queries that take long wait for their turn', async (t) => {
  const { clock, queries, put, work, count } = aloneWithQueries()
  put(1)
  void queries.find({}, count(1))
  work()
  const slow = (): number => (clock.ms += MAX_AT_ONCE_MS)
  const first = queries.find({}, slow)
  const second = queries.find({}, slow)
  t.equal(work(), 1)
  t.same(await Promise.all([first, second]), [MAX_AT_ONCE_MS, 2 * MAX_AT_ONCE_MS])
  queries.keepUp()
  void queries.find({}, slow)
  t.equal(work(), 0, 'the next tick has time again')
})

t.test('a query waits until what has expired is dropped, and helps with that', async (t) => {
  const { flood, queries, put, work, count } = aloneWithQueries()
  put(3)
  put(2, 2, 10)
  void queries.find({}, count(1))
  work()
  flood.expiry.moveCutoff({ cutoff: 2, step: 1 })
  const found = queries.find({}, (near) => [count(1)(near), count(2)(near)])
  t.equal(work(), 2)
  t.same(await found, [0, 2])
  t.equal(flood.slices.isDropping, false)
})

t.test('while it is used, the index keeps up; then it only waits, and at last it is dropped', async (t) => {
  const { flood, clock, queries, put, work, count } = aloneWithQueries()
  const follower = flood.queueBytes
  queries.keepUp()
  const found = queries.find({}, count(1))
  work()
  t.equal(await found, 0)
  put(MAX_KEPT_UP)
  queries.keepUp()
  const again = queries.find({}, (near) => near.unapplied)
  t.equal(work(), 0, 'so it is answered at once')
  t.equal(await again, 0)
  put(MAX_KEPT_UP, 2)
  clock.ms += KEEP_UP_MS + 1
  queries.keepUp()
  const late = queries.find({}, count(2))
  t.equal(work(), MAX_KEPT_UP / SLICE, 'the query has had to apply the changes')
  t.equal(await late, MAX_KEPT_UP)
  clock.ms += DROP_AFTER_MS + 1
  queries.keepUp()
  t.equal(queries.bytes, 0)
  t.equal(flood.queueBytes, follower, 'and nothing is followed any more')
})

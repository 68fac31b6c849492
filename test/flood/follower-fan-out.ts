import t from 'tap'
import { LOG_CHANGES } from '../../src/flood/change-log.js'
import type { Follower } from '../../src/flood/follower.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { reportIn } from '../../src/protocol/report.js'
import { at, emptyReplica, FROM_A_CLIENT, linesFrom, mergeAll, numberOf } from '../fixtures/replica.js'
import { lineIn } from '../fixtures/reports.js'

t.test(
  'a follower that stalls for a million reports holds one slot per client and gives the newest',
  async (t) => {
    const replica = emptyReplica()
    const [stalled, reading] = [replica.follow({ from: 'now' }), replica.follow({ from: 'now' })]
    const clients = ['kiwi', 'lime', 'plum']
    let [most, read] = [0, 0]
    for (let second = 1; second <= 1_000_000; second += 1) {
      const bytes = toBytes(at(clients[second % 3] ?? '', second))
      // Parsing would take most of the time.
      replica.merge(reportIn(bytes, 0, bytes.length), FROM_A_CLIENT)
      most = Math.max(most, stalled.size)
      if (reading.next() !== undefined) read += 1
    }
    t.equal(most, 3)
    t.equal(read, 1_000_000, 'another follower is not delayed')
    t.same(linesFrom(replica, stalled), [at('lime', 1_000_000), at('plum', 999_998), at('kiwi', 999_999)])
  },
)

t.test('a follower that is cancelled while it is read gives nothing more', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1), at('plum', 1))
  const follower = replica.follow({ from: 'all' })
  mergeAll(replica, at('plum', 2), at('lime', 2))
  const kiwi = numberOf(replica, 'kiwi')
  t.equal(follower.next(), numberOf(replica, 'plum'))
  follower.cancel()
  t.same([follower.next(), follower.size, follower.has(kiwi)], [undefined, 0, false])
  mergeAll(replica, at('kiwi', 2))
  follower.add(kiwi)
  follower.restart()
  follower.removed(kiwi, 'forgotten')
  t.same([follower.next(), follower.size, follower.has(kiwi)], [undefined, 0, false], 'nor later')
  t.doesNotThrow(() => {
    follower.cancel()
  })
})

t.test('a cancelled follower is not called any more, and others are', async (t) => {
  const replica = emptyReplica()
  const [cancelled, other] = [replica.follow({ from: 'now' }), replica.follow({ from: 'now' })]
  cancelled.cancel()
  cancelled.absorb = () => {
    t.fail('it is called')
  }
  for (let second = 1; second <= 2 * LOG_CHANGES; second += 1)
    mergeAll(replica, at(`client-${second}`, second))
  t.equal(other.size, 2 * LOG_CHANGES)
})

t.test(
  'a follower that is cancelled while another selects a change, or itself, does not get it',
  async (t) => {
    const replica = emptyReplica()
    const followers: Follower[] = []
    const cancelAll = (): boolean => {
      for (const follower of followers) follower.cancel()
      return true
    }
    followers.push(replica.follow({ from: 'now' }))
    followers.push(replica.follow({ from: 'now', selects: cancelAll }))
    followers.push(replica.follow({ from: 'now', selects: () => t.fail('is asked') }))
    const last = replica.follow({ from: 'now' })
    mergeAll(replica, at('kiwi', 1))
    t.same(followers[1]?.take(9), [], 'it has cancelled itself')
    t.same(
      followers.map((follower) => follower.take(9)),
      [[], [], []],
    )
    t.same(linesFrom(replica, last), [at('kiwi', 1)])
  },
)

t.test(
  'a follower that is added while another selects a change gets it only if it starts from all',
  async (t) => {
    const replica = emptyReplica()
    const added: Follower[] = []
    const first = replica.follow({
      from: 'now',
      selects: () => {
        if (added.length === 0) added.push(replica.follow({ from: 'all' }), replica.follow({ from: 'now' }))
        return true
      },
    })
    mergeAll(replica, at('kiwi', 1))
    t.same(linesFrom(replica, first), [at('kiwi', 1)])
    t.same(
      added.map((follower) => linesFrom(replica, follower)),
      [[at('kiwi', 1)], []],
    )
    mergeAll(replica, at('lime', 1))
    t.same(
      added.map((follower) => linesFrom(replica, follower)),
      [[at('lime', 1)], [at('lime', 1)]],
    )
  },
)

t.test('a thousand followers each read at their own pace', async (t) => {
  const replica = emptyReplica()
  const followers = Array.from({ length: 1_000 }, () => replica.follow({ from: 'now' }))
  /** The last line of each client that each follower was given. */
  const given = followers.map(() => new Map<number, string>())
  const newest = new Map<number, string>()
  let newestAtHalf: typeof newest | undefined
  const read = (index: number): void => {
    for (const client of followers[index]?.take(Infinity) ?? [])
      given[index]?.set(client, lineIn(replica.lineOf(client)))
  }
  for (let second = 1; second <= 100; second += 1) {
    const line = at(`client-${second % 10}`, second)
    mergeAll(replica, line)
    newest.set(numberOf(replica, `client-${second % 10}`), line)
    for (const index of followers.keys()) if (second % (1 + (index % 50)) === 0) read(index)
    if (second !== 50) continue
    newestAtHalf = new Map(newest)
    // These followers have just read.
    for (let index = 49; index < 1_000; index += 50) followers[index]?.cancel()
  }
  for (const index of followers.keys()) read(index)
  t.strictSame(
    given,
    followers.map((_, index) => (index % 50 === 49 ? newestAtHalf : newest)),
  )
})

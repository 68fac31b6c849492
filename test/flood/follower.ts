import t from 'tap'
import { at, emptyReplica, linesFrom, mergeAll, numberOf, twoReplicas } from '../fixtures/replica.js'

t.test('a follower from now gives what changes, only the newest report of each client', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('plum', 1))
  const follower = replica.follow({ from: 'now' })
  t.same(linesFrom(replica, follower), [])
  mergeAll(replica, at('kiwi', 2), at('lime', 1), at('kiwi', 3), at('kiwi', 2))
  t.equal(follower.size, 2)
  t.same(linesFrom(replica, follower), [at('kiwi', 3), at('lime', 1)])
  t.same(linesFrom(replica, follower), [], 'once')
})

t.test('a follower from all gives the whole table, then what changes', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  const follower = replica.follow({ from: 'all' })
  t.same([follower.size, follower.changes, follower.unscanned], [2, 0, 2])
  t.same(linesFrom(replica, follower), [at('kiwi', 1), at('lime', 1)])
  t.equal(follower.size, 0)
  mergeAll(replica, at('lime', 2))
  t.same([follower.size, follower.changes, follower.unscanned], [1, 1, 0])
  t.same(linesFrom(replica, follower), [at('lime', 2)])
})

t.test('a follower gives no more clients than are taken, changes before the table', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1), at('plum', 1))
  const follower = replica.follow({ from: 'all' })
  t.same(linesFrom(replica, follower, 0), [])
  t.same(linesFrom(replica, follower, 1), [at('kiwi', 1)])
  mergeAll(replica, at('kiwi', 2), at('fig', 1))
  t.same([follower.size, follower.changes], [4, 2], 'a new client is a change too')
  t.same(linesFrom(replica, follower, 3), [at('kiwi', 2), at('fig', 1), at('lime', 1)])
  t.same(linesFrom(replica, follower, 3), [at('plum', 1)])
})

t.test(
  'a change of a client that is still to be read from the table does not wait, and is given once',
  async (t) => {
    const replica = emptyReplica()
    mergeAll(replica, at('kiwi', 1), at('lime', 1), at('plum', 1))
    const follower = replica.follow({ from: 'all' })
    mergeAll(replica, at('plum', 2), at('plum', 3))
    t.same([follower.size, follower.changes, follower.unscanned], [3, 1, 2])
    t.same(linesFrom(replica, follower), [at('plum', 3), at('kiwi', 1), at('lime', 1)])
  },
)

t.test('the changes and the table can be read separately', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  const follower = replica.follow({ from: 'all' })
  mergeAll(replica, at('kiwi', 2))
  const [kiwi, lime] = [numberOf(replica, 'kiwi'), numberOf(replica, 'lime')]
  t.same([follower.nextOfTable(), follower.nextOfTable()], [lime, undefined])
  t.same([follower.nextChange(), follower.nextChange()], [kiwi, undefined])
})

t.test('clients that only another replica of the memory has are not in the table', async (t) => {
  const { replica, other } = twoReplicas()
  mergeAll(other, at('fig', 1))
  mergeAll(replica, at('kiwi', 1))
  const follower = replica.follow({ from: 'all' })
  t.same(linesFrom(replica, follower), [at('kiwi', 1)])
  mergeAll(other, at('kiwi', 2))
  t.equal(follower.size, 0, 'nor is a change there a change here')
})

t.test('a client that is dropped is not given, whether it has changed or is in the table', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1), at('plum', 1))
  const follower = replica.follow({ from: 'all' })
  mergeAll(replica, at('kiwi', 2))
  for (const client of ['kiwi', 'lime']) {
    const number = numberOf(replica, client)
    t.equal(follower.has(number), true)
    follower.drop(number)
    follower.drop(number)
    t.equal(follower.has(number), false)
  }
  t.equal(follower.size, 1)
  t.same(linesFrom(replica, follower), [at('plum', 1)])
})

t.test('a client that was dropped is given when it changes', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  const follower = replica.follow({ from: 'all' })
  for (const client of ['kiwi', 'lime']) follower.drop(numberOf(replica, client))
  t.equal(follower.size, 0)
  mergeAll(replica, at('lime', 2))
  t.same(linesFrom(replica, follower), [at('lime', 2)])
})

t.test('a client that is added is given again, once, with its newest report', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  const follower = replica.follow({ from: 'all' })
  const [kiwi, lime] = [numberOf(replica, 'kiwi'), numberOf(replica, 'lime')]
  t.same(linesFrom(replica, follower, 1), [at('kiwi', 1)])
  follower.add(kiwi)
  follower.add(lime)
  mergeAll(replica, at('kiwi', 2))
  t.equal(follower.size, 2)
  t.same(linesFrom(replica, follower), [at('kiwi', 2), at('lime', 1)])
  follower.add(kiwi)
  t.same(linesFrom(replica, follower), [at('kiwi', 2)])
})

t.test('a client without a report cannot be added', async (t) => {
  const { replica, other } = twoReplicas()
  mergeAll(other, at('fig', 1))
  const follower = replica.follow({ from: 'now' })
  follower.add(numberOf(other, 'fig'))
  t.equal(follower.size, 0)
})

t.test('a restarted follower gives every client once more', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1), at('plum', 1))
  const follower = replica.follow({ from: 'now' })
  mergeAll(replica, at('lime', 2), at('fig', 1))
  t.same(linesFrom(replica, follower, 1), [at('lime', 2)])
  follower.restart()
  t.same([follower.size, follower.changes], [4, 0])
  t.same(linesFrom(replica, follower, 2), [at('kiwi', 1), at('lime', 2)])
  follower.drop(numberOf(replica, 'plum'))
  follower.restart()
  t.same(linesFrom(replica, follower), [at('kiwi', 1), at('lime', 2), at('plum', 1), at('fig', 1)])
})

t.test('a follower selects by client, route and sender', async (t) => {
  const replica = emptyReplica()
  const asked: unknown[] = []
  const follower = replica.follow({
    from: 'now',
    selects: (client, route, sender) => {
      asked.push([client, route, sender])
      return client === numberOf(replica, 'kiwi')
    },
  })
  mergeAll(replica, at('lime', 1), at('kiwi', 1), at('lime', 2), at('kiwi', 1))
  t.same(linesFrom(replica, follower), [at('kiwi', 1)])
  t.same(asked, [
    [0, undefined, undefined],
    [1, undefined, undefined],
    [0, undefined, undefined],
  ])
})

t.test('a follower that selects gives the whole table, and the selected changes', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  const follower = replica.follow({ from: 'all', selects: () => false })
  t.same(linesFrom(replica, follower, 1), [at('kiwi', 1)])
  mergeAll(replica, at('kiwi', 2), at('lime', 2), at('plum', 1))
  t.same(linesFrom(replica, follower), [at('lime', 2)], 'each with its newest report')
})

t.test('a follower of own reports skips those from other servers', async (t) => {
  const replica = emptyReplica('Clark')
  mergeAll(replica, at('kiwi', 1), at('lime', 1, 'Bernard'))
  const fromAll = replica.follow({ from: 'all', isOwnOnly: true })
  const fromNow = replica.follow({ from: 'now', isOwnOnly: true })
  mergeAll(replica, at('plum', 1), at('fig', 1, 'Bernard'), at('lime', 2, 'Bernard'))
  t.same(linesFrom(replica, fromAll), [at('plum', 1), at('kiwi', 1)])
  t.same(linesFrom(replica, fromNow), [at('plum', 1)])
})

t.test(
  'an own report that is replaced by one from another server before it is read is skipped',
  async (t) => {
    const replica = emptyReplica('Clark')
    mergeAll(replica, at('kiwi', 1), at('lime', 1))
    const fromAll = replica.follow({ from: 'all', isOwnOnly: true })
    const fromNow = replica.follow({ from: 'now', isOwnOnly: true })
    mergeAll(replica, at('plum', 1), at('kiwi', 2, 'Bernard'), at('plum', 2, 'Bernard'), at('fig', 1))
    t.same(linesFrom(replica, fromAll), [at('fig', 1), at('lime', 1)])
    t.same(linesFrom(replica, fromNow), [at('fig', 1)])
    mergeAll(replica, at('plum', 3))
    for (const follower of [fromAll, fromNow])
      t.same(linesFrom(replica, follower), [at('plum', 3)], 'and given once there is an own one again')
  },
)

t.test('all changes up to a limit can be taken from the log, with how they have come', async (t) => {
  const replica = emptyReplica()
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  const follower = replica.follow({ from: 'all' })
  const before = replica.log.end
  mergeAll(replica, at('lime', 2), at('plum', 1), at('lime', 3))
  const [kiwi, lime, plum] = ['kiwi', 'lime', 'plum'].map((client) => numberOf(replica, client))
  const takeUntil = (until: number): unknown[] => {
    const taken: unknown[] = []
    follower.takeChanges(until, (...change) => taken.push(change))
    return taken
  }
  t.same(takeUntil(before), [])
  t.same(takeUntil(before + 1), [[lime, undefined, undefined]])
  t.same(takeUntil(before), [], 'nor are there any when it has read beyond that')
  t.same(
    takeUntil(replica.log.end).map((change) => (change as unknown[])[0]),
    [plum, lime],
    'a client may come again',
  )
  t.equal(follower.unscanned, 1)
  t.same([follower.nextOfTable(), follower.nextOfTable()], [kiwi, undefined], 'each once')
})

t.test('changes that were queued are taken first', async (t) => {
  const replica = emptyReplica()
  const follower = replica.follow({ from: 'now' })
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  t.equal(follower.changes, 2)
  mergeAll(replica, at('plum', 1))
  const taken: unknown[] = []
  follower.takeChanges(replica.log.end, (client) => taken.push(client))
  t.same(
    taken,
    ['kiwi', 'lime', 'plum'].map((client) => numberOf(replica, client)),
  )
  follower.cancel()
  mergeAll(replica, at('fig', 1))
  follower.takeChanges(replica.log.end, (client) => taken.push(client))
  t.equal(taken.length, 3, 'none after it is cancelled')
})

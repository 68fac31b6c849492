import t from 'tap'
import { MAX_UNREAD_REMOVALS, type Follower } from '../../src/flood/follower.js'
import type { Replica } from '../../src/flood/replica.js'
import type { Memory } from '../../src/memory/memory.js'
import type { ClientNumber } from '../../src/memory/numbers.js'
import { lineIn } from '../fixtures/reports.js'
import { at, linesFrom, mergeAll, numberOf, twoReplicas } from '../fixtures/replica.js'

/** The latest records of the clients that a follower gives as removed; they may be those of other tables. */
function removalsFrom(memory: Memory, follower: Follower): string[] {
  const lines: string[] = []
  follower.readRemovals((client) => lines.push(latestOf(memory, client)))
  return lines
}

function latestOf(memory: Memory, client: ClientNumber): string {
  return lineIn(memory.records.line(memory.latest(client)))
}

function remove(replica: Replica, ...clients: string[]): void {
  for (const client of clients) replica.remove(numberOf(replica, client))
}

t.test('a removal is given once, with the latest record of the client', async (t) => {
  const { memory, replica } = twoReplicas()
  const follower = replica.follow({ from: 'now' })
  mergeAll(replica, at('kiwi', 1), at('lime', 1), at('kiwi', 2))
  remove(replica, 'kiwi', 'lime')
  t.same(removalsFrom(memory, follower), [at('kiwi', 2), at('lime', 1)])
  t.same(removalsFrom(memory, follower), [])
  t.same(linesFrom(replica, follower), [], 'and the client is no longer given as changed')
})

t.test('a client that is removed before it is read from the table is not given', async (t) => {
  const { memory, replica } = twoReplicas()
  mergeAll(replica, at('kiwi', 1), at('lime', 1), at('plum', 1))
  const follower = replica.follow({ from: 'all' })
  remove(replica, 'lime')
  t.equal(follower.size, 2)
  t.same(linesFrom(replica, follower), [at('kiwi', 1), at('plum', 1)])
  t.same(removalsFrom(memory, follower), [at('lime', 1)])
})

t.test('a client that reports again before its removal is read is given as changed only', async (t) => {
  const { memory, replica } = twoReplicas()
  mergeAll(replica, at('kiwi', 5), at('lime', 5))
  const fromNow = replica.follow({ from: 'now' })
  const fromAll = replica.follow({ from: 'all' })
  const kiwi = numberOf(replica, 'kiwi')
  remove(replica, 'kiwi')
  t.same(mergeAll(replica, at('kiwi', 1)), [true], 'an older report is news, because there is none')
  t.equal(numberOf(replica, 'kiwi'), kiwi)
  t.same(linesFrom(replica, fromNow), [at('kiwi', 1)])
  t.same(linesFrom(replica, fromAll), [at('kiwi', 1), at('lime', 5)])
  for (const follower of [fromNow, fromAll]) t.same(removalsFrom(memory, follower), [])
})

t.test(
  'a client that reports again is given as removed to a follower that does not want that report',
  async (t) => {
    const { memory, replica } = twoReplicas()
    const follower = replica.follow({ from: 'now', isOwnOnly: true })
    mergeAll(replica, at('kiwi', 1, 'Clark'))
    remove(replica, 'kiwi')
    mergeAll(replica, at('kiwi', 2, 'Bernard'))
    t.same(linesFrom(replica, follower), [])
    t.same(removalsFrom(memory, follower), [])
    remove(replica, 'kiwi')
    t.same(removalsFrom(memory, follower), [at('kiwi', 2, 'Bernard')])
    mergeAll(replica, at('lime', 1))
    t.equal(memory.clients, 1, 'its number is free then')
  },
)

t.test('a client number is free when the last follower has read the removal', async (t) => {
  const { memory, replica } = twoReplicas()
  const followers = [replica.follow({ from: 'now' }), replica.follow({ from: 'all' })]
  mergeAll(replica, at('kiwi', 1))
  const kiwi = numberOf(replica, 'kiwi')
  remove(replica, 'kiwi')
  for (const [index, follower] of followers.entries()) {
    mergeAll(replica, at(`before-${index}`, 1))
    t.not(numberOf(replica, `before-${index}`), kiwi)
    t.same(removalsFrom(memory, follower), [at('kiwi', 1)])
  }
  mergeAll(replica, at('after', 1))
  t.equal(numberOf(replica, 'after'), kiwi)
  t.ok(linesFrom(replica, followers[0] as Follower).includes(at('after', 1)), 'the new client is a change')
})

t.test('a client number is not free while another table has the client', async (t) => {
  const { memory, replica, other } = twoReplicas()
  const [here, there] = [replica.follow({ from: 'now' }), other.follow({ from: 'now' })]
  mergeAll(replica, at('kiwi', 1))
  mergeAll(other, at('kiwi', 2))
  remove(replica, 'kiwi')
  t.same(removalsFrom(memory, here), [at('kiwi', 2)], 'its latest record is of the other table')
  t.same(removalsFrom(memory, there), [], 'it is not removed there')
  mergeAll(replica, at('lime', 1))
  t.equal(memory.clients, 2)
  remove(other, 'kiwi')
  t.same(removalsFrom(memory, there), [at('kiwi', 2)])
  mergeAll(replica, at('plum', 1))
  t.equal(memory.clients, 2)
})

t.test('a follower with onRemoved is called at once and pins no numbers', async (t) => {
  const { memory, replica } = twoReplicas()
  const removed: string[] = []
  const follower = replica.follow({
    from: 'all',
    onRemoved: (client) => removed.push(latestOf(memory, client)),
  })
  mergeAll(replica, at('kiwi', 1))
  remove(replica, 'kiwi')
  t.same(removed, [at('kiwi', 1)])
  t.same(removalsFrom(memory, follower), [])
  mergeAll(replica, at('lime', 1))
  t.equal(memory.clients, 1)
  t.same(linesFrom(replica, follower), [at('lime', 1)])
})

/** Has some clients report and removes them all. */
function comeAndGo(replica: Replica, count: number): void {
  for (let nth = 0; nth < count; nth += 1) {
    mergeAll(replica, at(`client-${nth}`, 1))
    remove(replica, `client-${nth}`)
  }
}

t.test('as many removals as are kept can all be read', async (t) => {
  const { memory, replica } = twoReplicas()
  const follower = replica.follow({ from: 'now' })
  comeAndGo(replica, MAX_UNREAD_REMOVALS)
  t.equal(memory.clients, MAX_UNREAD_REMOVALS)
  let count = 0
  t.equal(
    follower.readRemovals(() => (count += 1)),
    true,
  )
  t.equal(count, MAX_UNREAD_REMOVALS)
  t.equal(follower.size, 0)
})

t.test(
  'a follower that has lost removals says so when they are read, and restarts from the table',
  async (t) => {
    const { memory, replica } = twoReplicas()
    const follower = replica.follow({ from: 'now' })
    mergeAll(replica, at('kiwi', 1), at('lime', 1))
    comeAndGo(replica, MAX_UNREAD_REMOVALS + 1)
    t.same(linesFrom(replica, follower), [at('kiwi', 1), at('lime', 1)])
    remove(replica, 'kiwi')
    mergeAll(replica, at('plum', 1))
    t.equal(memory.clients, MAX_UNREAD_REMOVALS + 3, 'it pins no numbers any more')
    const give = (): void => {
      t.fail('a removal is given')
    }
    t.equal(follower.readRemovals(give), false)
    t.same(linesFrom(replica, follower).sort(), [at('lime', 1), at('plum', 1)], 'without the removed clients')
    t.equal(follower.readRemovals(give), true, 'once')
    remove(replica, 'lime')
    t.same(removalsFrom(memory, follower), [at('lime', 1)], 'and later removals are given again')
  },
)

t.test('a cancelled follower pins no numbers', async (t) => {
  const { memory, replica } = twoReplicas()
  const follower = replica.follow({ from: 'now' })
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  remove(replica, 'kiwi', 'lime')
  follower.cancel()
  t.same(removalsFrom(memory, follower), [])
  mergeAll(replica, at('plum', 1), at('fig', 1))
  t.equal(memory.clients, 2)
})

t.test('a follower can be cancelled while its removals are read', async (t) => {
  const { memory, replica } = twoReplicas()
  const follower = replica.follow({ from: 'now' })
  mergeAll(replica, at('kiwi', 1), at('lime', 1))
  remove(replica, 'kiwi', 'lime')
  const given: string[] = []
  follower.readRemovals((client) => {
    follower.cancel()
    given.push(latestOf(memory, client))
  })
  t.same(given, [at('kiwi', 1)])
  mergeAll(replica, at('plum', 1), at('fig', 1))
  t.equal(memory.clients, 2)
})

t.test('a follower that is cancelled during the fan-out of a removal is not notified', async (t) => {
  const { memory, replica } = twoReplicas()
  const followers: Follower[] = []
  replica.follow({
    from: 'now',
    onRemoved: () => {
      for (const follower of followers) follower.cancel()
    },
  })
  followers.push(
    replica.follow({ from: 'now' }),
    replica.follow({
      from: 'now',
      onRemoved: () => {
        t.fail('it is notified')
      },
    }),
  )
  mergeAll(replica, at('kiwi', 1))
  remove(replica, 'kiwi')
  mergeAll(replica, at('lime', 1))
  t.equal(memory.clients, 1)
})

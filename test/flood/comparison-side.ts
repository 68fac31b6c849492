import t from 'tap'
import { COMPARED_AT_ONCE, Comparison, MAX_WANTED } from '../../src/flood/comparison.js'
import { Members } from '../../src/flood/members.js'
import { Replica } from '../../src/flood/replica.js'
import { MAX_UNHASHED, type Table } from '../../src/flood/table.js'
import { Memory } from '../../src/memory/memory.js'
import type { ClientNumber } from '../../src/memory/numbers.js'
import type { Digests, SyncMessage } from '../../src/protocol/sync.js'
import { KEYS } from '../fixtures/memory.js'
import { at, mergeAll, numberOf, twoReplicas } from '../fixtures/replica.js'

const NONE = new Uint32Array(0)

interface Side {
  readonly comparison: Comparison
  readonly table: Table
  readonly members: Members
  /** The clients whose reports the neighbour was found to lack. */
  readonly lacking: ClientNumber[]
}

/** One side of a comparison, whose table has so many clients. */
function sideWith(clients: number, buckets: number): Side {
  const memory = new Memory(KEYS)
  const replica = new Replica('Clark', memory, buckets)
  const { table } = replica
  for (let client = 0; client < clients; client += 1) mergeAll(replica, at(`c${client}`, 1))
  const members = new Members(memory, table)
  const lacking: ClientNumber[] = []
  const onLacking = (client: ClientNumber): void => void lacking.push(client)
  return { comparison: new Comparison({ table, members, answers: true, onLacking }), table, members, lacking }
}

/** Takes at most `most` messages; returns what they are about, and what was returned. */
function taken(comparison: Comparison, most: number, mayWant = true): { kinds: string[]; count: number } {
  const kinds: string[] = []
  const count = comparison.take(most, mayWant, ({ kind }: SyncMessage) => void kinds.push(kind))
  return { kinds, count }
}

/** So many digests that no report has. */
function unknown(count: number): Digests {
  return Uint32Array.from({ length: 2 * count }, (_, word) => word)
}

t.test('a digest is sent as soon as no more than MAX_UNHASHED reports are not hashed', async (t) => {
  const few = sideWith(MAX_UNHASHED, 1).comparison
  few.begin()
  t.same([few.isBehind, few.hasMessages], [false, true])
  const many = sideWith(MAX_UNHASHED + 1, 1).comparison
  many.begin()
  t.same([many.isBehind, many.hasMessages], [true, false])
  t.same(taken(many, 9), { kinds: [], count: 0 })
  t.equal(many.work(1), false, 'hashing compares nothing')
  t.same([many.isBehind, many.hasMessages], [false, true])
})

t.test('no more messages are taken than asked for, and their number is returned', async (t) => {
  const { comparison } = sideWith(0, 4)
  comparison.receive({ kind: 'buckets', digests: unknown(4) })
  t.same(taken(comparison, 1), { kinds: ['have'], count: 1 })
  t.same(taken(comparison, 2), { kinds: ['have', 'have'], count: 2 })
  t.same(taken(comparison, 9), { kinds: ['have'], count: 1 })
})

t.test('a bucket differs if either word of its digest differs', async (t) => {
  for (const word of [0, 1]) {
    const { comparison, table } = sideWith(10, 2)
    const digests = table.digests.slice()
    comparison.receive({ kind: 'buckets', digests })
    t.equal(comparison.hasMessages, false)
    digests[2 + word] = (digests[2 + word] ?? NaN) ^ 1
    comparison.receive({ kind: 'buckets', digests })
    t.same(taken(comparison, 9).kinds, ['have'])
  }
})

t.test('a bucket of COMPARED_AT_ONCE clients is compared at once, and a larger one is not', async (t) => {
  const small = sideWith(COMPARED_AT_ONCE, 1)
  small.comparison.receive({ kind: 'have', bucket: 0, digests: NONE })
  t.same([small.comparison.isBehind, small.lacking.length], [false, COMPARED_AT_ONCE])
  const large = sideWith(COMPARED_AT_ONCE + 3, 1)
  large.comparison.receive({ kind: 'have', bucket: 0, digests: unknown(1) })
  t.same([large.comparison.isBehind, large.lacking.length], [true, 0])
  const listed = sideWith(COMPARED_AT_ONCE + 2, 1)
  listed.comparison.receive({ kind: 'have', bucket: 0, digests: unknown(1) })
  t.equal(listed.comparison.isBehind, false, 'each digest that is listed counts as two clients')
})

t.test('clients that only other servers of the process know are not compared', async (t) => {
  const { memory, replica, other } = twoReplicas()
  mergeAll(replica, at('kiwi', 1))
  mergeAll(other, at('lime', 1))
  const members = new Members(memory, replica.table)
  const clients: ClientNumber[] = []
  for (let bucket = 0; bucket < replica.table.bucketCount; bucket += 1)
    members.each(bucket, (client) => clients.push(client))
  t.same(clients, [numberOf(replica, 'kiwi')])
})

t.test('a slice ends with the bucket that uses it up', async (t) => {
  const { comparison, members, lacking } = sideWith(4 * COMPARED_AT_ONCE, 2)
  const [first, second] = [members.sizeOf(0), members.sizeOf(1)]
  comparison.receive({ kind: 'have', bucket: 0, digests: NONE })
  comparison.receive({ kind: 'want', bucket: 1, digests: NONE })
  t.equal(comparison.isBehind, true)
  t.equal(comparison.work(second), true, 'it has compared the bucket of the WANT')
  t.same([comparison.isBehind, lacking.length], [true, 0])
  t.equal(comparison.work(first + 1), true)
  t.same([comparison.isBehind, lacking.length], [false, first])
})

t.test('a neighbour that lists what we hold of a bucket is sent nothing', async (t) => {
  const { comparison, members, lacking } = sideWith(9, 1)
  comparison.receive({ kind: 'have', bucket: 0, digests: members.hashesIn(0).slice() })
  t.same([comparison.hasMessages, lacking], [false, []])
})

t.test('at most MAX_WANTED reports are asked for before the requests are sent', async (t) => {
  const { comparison } = sideWith(0, 4)
  const half = unknown(MAX_WANTED / 2)
  for (const time of ['first', 'second']) {
    comparison.receive({ kind: 'have', bucket: 0, digests: half })
    comparison.receive({ kind: 'have', bucket: 1, digests: half })
    comparison.receive({ kind: 'have', bucket: 2, digests: unknown(1) })
    t.same(taken(comparison, 9, false).kinds, ['have'], 'HAVE is sent for what is more than that')
    t.same(taken(comparison, 9), { kinds: ['want'], count: 1 }, `${time}: a long message is taken alone`)
    t.same(taken(comparison, 9), { kinds: ['want'], count: 1 })
    t.equal(comparison.hasMessages, false)
  }
})

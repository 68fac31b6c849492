import assert from 'node:assert/strict'
import t from 'tap'
import { Arena } from '../../src/memory/arena.js'
import { halfSiphash } from '../../src/memory/half-siphash.js'
import { MAX_BUCKETS, Memory, type IdSpans } from '../../src/memory/memory.js'
import { NO_CLIENT } from '../../src/memory/numbers.js'
import { hash, siphash } from '../../src/memory/siphash.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { MAX_REPORT_BYTES } from '../../src/protocol/report.js'
import { find, firstOf, holding, KEYS, numbered } from '../fixtures/memory.js'
import { lineIn, report } from '../fixtures/reports.js'

/** The latest line of a client. */
function latestLine(memory: Memory, client: number): string {
  return lineIn(memory.records.line(memory.latest(numbered(client))))
}

/** Some IDs side by side, as `prefetch` takes them. */
function spansOf(ids: readonly string[]): IdSpans {
  const starts = ids.map((_, id) => ids.slice(0, id).join(' ').length + (id === 0 ? 0 : 1))
  const ends = starts.map((start, id) => start + (ids[id]?.length ?? 0))
  return {
    bytes: toBytes(ids.join(' ')),
    count: ids.length,
    starts: Int32Array.from(starts),
    ends: Int32Array.from(ends),
  }
}

t.test('clients are numbered in the order in which they are added, and found by their IDs', async (t) => {
  const memory = new Memory(KEYS)
  const clients = ['kiwi', 'lime', 'fig', 'kiwi2', 'k', '\xe4pfel']
  t.same(
    clients.map((client) => memory.add(report(firstOf(client)), 0)),
    [0, 1, 2, 3, 4, 5],
  )
  t.same(
    clients.map((client) => find(memory, client)),
    [0, 1, 2, 3, 4, 5],
  )
  t.equal(memory.clients, 6)
  for (const client of ['kiw', 'plum', 'Clark', '+1+1', '\xc4pfel'])
    t.equal(find(memory, client), NO_CLIENT, client)
})

t.test('clients whose IDs have the same hash are told apart', async (t) => {
  const hashes = new Map<number, string>()
  // There are 2^32 hashes, so two of some 100,000 IDs share one.
  for (let n = 0; ; n += 1) {
    const client = `client-${n}`
    const hashed = halfSiphash(KEYS.index, toBytes(client), 0, client.length)
    const other = hashes.get(hashed)
    hashes.set(hashed, client)
    if (other === undefined) continue
    const memory = holding(other)
    t.equal(find(memory, client), NO_CLIENT, `${client} is not ${other}`)
    t.equal(memory.add(report(firstOf(client)), 0), 1)
    t.same([find(memory, other), find(memory, client)], [0, 1])
    return
  }
})

t.test('IDs of other lengths and prefixes are told apart under a key that gives them one hash', async (t) => {
  const rows = [
    ['kiwi', 'lime', [875_429_248, 1]],
    ['kiwi', 'kiwi2', [1_887_883_007, 1]],
    ['kiwi2', 'kiwi', [1_887_883_007, 1]],
  ] as const
  for (const [known, other, index] of rows) {
    t.equal(
      halfSiphash(index, toBytes(known), 0, known.length),
      halfSiphash(index, toBytes(other), 0, other.length),
    )
    const memory = new Memory({ ...KEYS, index })
    memory.pin(memory.add(report(firstOf(known)), 0))
    t.equal(find(memory, other), NO_CLIENT, `${other} is not ${known}`)
    t.equal(memory.add(report(firstOf(other)), 0), 1)
    t.same([find(memory, known), find(memory, other)], [0, 1])
    memory.unpin(numbered(0))
    t.same([find(memory, known), find(memory, other)], [NO_CLIENT, 1], 'the right one is removed')
  }
})

t.test('a client is found wherever its ID is in memory', async (t) => {
  const memory = holding('kiwi', 'lime')
  const { bytes, client, position } = report('AT A-server-of-another-name -12.5 lime +2+2 2')
  t.equal(memory.find(bytes, client, position - 1), 1)
})

t.test('all clients are found, however often the memory grows', async (t) => {
  const memory = new Memory(KEYS)
  const missed: number[] = []
  for (let client = 0; client < 5_000; client += 1) {
    const known = Math.floor(client / 2)
    if (find(memory, `c${client}`) !== NO_CLIENT) missed.push(client)
    memory.add(report(firstOf(`c${client}`)), 0)
    if (find(memory, `c${client}`) !== client || find(memory, `c${known}`) !== known) missed.push(client)
    if (client % 3 === 0) memory.renew(numbered(client), report(`AT Clark +10.25 c${client} +20+20 2`), 0)
  }
  t.same(missed, [])
  const lost = Array.from({ length: 5_000 }, (_, client) => client).filter(
    (client) => find(memory, `c${client}`) !== client,
  )
  t.same(lost, [])
  t.equal(latestLine(memory, 3_000), 'AT Clark +10.25 c3000 +20+20 2')
  t.equal(latestLine(memory, 3_001), firstOf('c3001'))
})

t.test('clients keep their numbers and records when room is reserved', async (t) => {
  const memory = holding('kiwi', 'lime')
  memory.addTable()
  memory.reserve(1_000)
  memory.reserve(10)
  for (let client = 2; client < 1_500; client += 1) memory.add(report(firstOf(`c${client}`)), 0)
  t.same([find(memory, 'kiwi'), find(memory, 'lime'), find(memory, 'c1400')], [0, 1, 1_400])
  t.equal(latestLine(memory, 1), firstOf('lime'))
})

t.test('the hash of an ID may be given to `find` and `add`', async (t) => {
  const memory = holding('kiwi')
  const lime = report(firstOf('lime'))
  const hashed = memory.hashOf(lime.bytes, lime.client, lime.position - 1)
  t.equal(memory.find(lime.bytes, lime.client, lime.position - 1, hashed), NO_CLIENT)
  t.equal(memory.add(lime, 0, hashed), 1)
  t.equal(find(memory, 'lime'), 1)
  t.equal(memory.find(lime.bytes, lime.client, lime.position - 1, hashed), 1)
})

t.test('prefetching changes nothing, however many IDs there are, known or not', async (t) => {
  for (const count of [0, 1, 2, 3, 64, 200]) {
    const ids = Array.from({ length: count }, (_, id) => `c${id}`)
    const memory = holding(...ids.filter((_, id) => id % 2 === 0))
    memory.prefetch(spansOf(ids))
    const expected = ids.map((_, id) => (id % 2 === 0 ? id / 2 : NO_CLIENT))
    t.same(
      ids.map((id) => find(memory, id)),
      expected,
      `${count} IDs`,
    )
    for (const [id, client] of expected.entries())
      if (client !== NO_CLIENT) assert.equal(latestLine(memory, client), firstOf(`c${id}`))
  }
})

t.test('a memory keeps what it is given, whatever becomes of the bytes it came in', async (t) => {
  const memory = new Memory(KEYS)
  const original = report(firstOf('kiwi'))
  memory.add(original, 0)
  original.bytes.fill(0)
  t.equal(latestLine(memory, 0), firstOf('kiwi'))
  t.equal(find(memory, 'kiwi'), 0)
})

t.test('the longest report fits, and its client is found', async (t) => {
  const client = 'x'.repeat(MAX_REPORT_BYTES - firstOf('').length)
  const memory = holding(client)
  t.equal(latestLine(memory, 0), firstOf(client))
  t.equal(find(memory, client), 0)
  t.equal(find(memory, client.slice(1)), NO_CLIENT)
})

t.test('a renewed record takes the place of the latest, whose memory is used again', async (t) => {
  const memory = holding('kiwi')
  const [kiwi, newer] = [numbered(0), 'AT Clark +0.1 kiwi +2+2 2']
  const old = memory.latest(kiwi)
  const record = memory.renew(kiwi, report(newer), 0)
  t.equal(memory.latest(kiwi), record)
  t.not(record, old)
  t.equal(latestLine(memory, 0), newer)
  t.equal(find(memory, 'kiwi'), 0)
  t.equal(memory.latest(memory.add(report(firstOf('lime')), 0)), old)
})

t.test('records keep the kind with which they are added, renewed and stored', async (t) => {
  const memory = new Memory(KEYS)
  const table = memory.addTable()
  const kiwi = memory.add(report(firstOf('kiwi')), 1)
  const stored = memory.store(report('AT Clark +0.1 kiwi +0+0 0'), 3)
  memory.put(table, kiwi, stored)
  t.equal(memory.records.kind(memory.latest(kiwi)), 1)
  t.equal(memory.records.kind(memory.renew(kiwi, report('AT Clark +0.1 kiwi +2+2 2'), 2)), 2)
  t.equal(memory.records.kind(memory.recordIn(table, kiwi)), 3)
})

t.test('the place of a client depends on its ID and the digest key alone', async (t) => {
  const clients = Array.from({ length: 100 }, (_, client) => `c${client}`)
  const [memory, other] = [holding(...clients), new Memory({ ...KEYS, index: [7, 8] })]
  for (const client of [...clients].reverse()) other.add(report(`AT Oak -12.5 ${client} +2+2 2`), 0)
  const places = clients.map((client) => memory.placeOf(find(memory, client)))
  t.same(
    clients.map((client) => other.placeOf(find(other, client))),
    places,
  )
  t.ok(new Set(places).size > 95)
  t.ok(places.every((place) => place >= 0 && place < 65_536))
  const bytes = toBytes('c7')
  siphash(KEYS.digest, bytes, 0, bytes.length)
  t.equal(places[7], hash.low & 0xffff)
})

t.test('each client is in the bucket that the low bits of its place say', async (t) => {
  const memory = holding(...Array.from({ length: 3_000 }, (_, client) => `c${client}`))
  for (const buckets of [1, 4, 256, MAX_BUCKETS]) {
    const seen = new Set<number>()
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      let size = 0
      memory.eachInBucket(bucket, buckets, (client) => {
        assert.equal(memory.placeOf(client) % buckets, bucket)
        seen.add(client)
        size += 1
      })
      assert.equal(memory.sizeOfBucket(bucket, buckets), size)
    }
    t.equal(seen.size, 3_000, `${buckets} buckets`)
  }
})

t.test('a full memory throws a RangeError, keeps what it has and loses no number', async (t) => {
  const memory = new Memory(KEYS, new Arena(1))
  const lineWith = (client: number): string => firstOf(`${client}-${'x'.repeat(10_000)}`)
  const add = (): number => memory.add(report(lineWith(memory.clients)), 0)
  t.throws(() => {
    for (;;) add()
  }, RangeError)
  const { clients } = memory
  for (let attempt = 0; attempt < 10; attempt += 1) t.throws(add, RangeError)
  t.equal(memory.clients, clients)
  t.throws(() => memory.renew(numbered(0), report(lineWith(0)), 0), RangeError)
  for (let client = 0; client < clients; client += 1)
    assert.equal(latestLine(memory, client), lineWith(client))
  memory.pin(numbered(3))
  memory.unpin(numbered(3))
  t.equal(memory.add(report(lineWith(3)), 0), 3, 'there is room again')
})

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Memory } from '../../src/memory/memory.js'
import { NO_CLIENT, NO_RECORD, type ClientNumber, type TableNumber } from '../../src/memory/numbers.js'
import { find, firstOf, holding, KEYS, numbered } from '../fixtures/memory.js'
import { lineIn, report } from '../fixtures/reports.js'

const [KIWI, LIME] = [numbered(0), numbered(1)]

t.test('a client in no table is not found, and the next new client gets its number', async (t) => {
  const memory = holding('kiwi', 'lime')
  const table = memory.addTable()
  for (const client of [KIWI, LIME]) memory.put(table, client, memory.latest(client))
  const [record, other] = [memory.latest(KIWI), memory.latest(LIME)]
  memory.remove(table, KIWI)
  t.same([find(memory, 'kiwi'), find(memory, 'lime')], [NO_CLIENT, LIME])
  t.equal(memory.latest(KIWI), NO_RECORD)
  t.equal(memory.add(report(firstOf('plum')), 0), KIWI)
  t.equal(memory.clients, 2, 'no new number was given')
  t.equal(memory.latest(KIWI), record, 'the memory of its record is used again')
  t.same([find(memory, 'kiwi'), find(memory, 'plum')], [NO_CLIENT, KIWI])
  t.equal(memory.recordIn(table, KIWI), NO_RECORD)
  t.equal(memory.recordIn(table, LIME), other)
  t.equal(memory.add(report(firstOf('kiwi')), 0), 2, 'a client that comes back is a new one')
})

t.test('a pinned client keeps its number, its ID and its latest record until it is unpinned', async (t) => {
  const memory = holding('kiwi')
  const table = memory.addTable()
  memory.put(table, KIWI, memory.latest(KIWI))
  memory.pin(KIWI)
  memory.pin(KIWI)
  memory.remove(table, KIWI)
  for (const pins of [2, 1]) {
    t.equal(find(memory, 'kiwi'), KIWI, `${pins} pins`)
    t.equal(lineIn(memory.records.line(memory.latest(KIWI))), firstOf('kiwi'))
    t.not(memory.add(report(firstOf(`c${pins}`)), 0), KIWI)
    memory.unpin(KIWI)
  }
  t.equal(find(memory, 'kiwi'), NO_CLIENT)
  t.equal(memory.add(report(firstOf('plum')), 0), KIWI)
})

t.test('a pinned client that reports again outlives its pin', async (t) => {
  const memory = holding('kiwi')
  const table = memory.addTable()
  memory.put(table, KIWI, memory.latest(KIWI))
  memory.pin(KIWI)
  memory.remove(table, KIWI)
  const newer = 'AT Clark +0.1 kiwi +2+2 2'
  memory.put(table, KIWI, memory.renew(KIWI, report(newer), 0))
  memory.unpin(KIWI)
  t.equal(find(memory, 'kiwi'), KIWI)
  t.equal(lineIn(memory.records.line(memory.recordIn(table, KIWI))), newer)
})

t.test('a client that was only pinned is freed when it is unpinned', async (t) => {
  const memory = holding('kiwi')
  memory.pin(KIWI)
  memory.unpin(KIWI)
  t.equal(find(memory, 'kiwi'), NO_CLIENT)
})

t.test('all of many clients can be removed, and all of their numbers go to others', async (t) => {
  const ids = Array.from({ length: 500 }, (_, client) => `c${client}`)
  const memory = holding(...ids)
  const table = memory.addTable()
  const numbers = ids.map((_, client) => numbered(client))
  for (const client of numbers) memory.put(table, client, memory.latest(client))
  for (const client of numbers) memory.remove(table, client)
  t.ok(ids.every((id) => find(memory, id) === NO_CLIENT))
  t.same(bucketed(memory), [])
  for (const id of ids) memory.add(report(firstOf(`${id}x`)), 0)
  t.equal(memory.clients, ids.length)
  t.same(bucketed(memory), numbers)
  t.ok(ids.every((id) => find(memory, `${id}x`) !== NO_CLIENT))
})

t.test('a recycled number has the place and the bucket of its new client', async (t) => {
  const memory = holding('kiwi', 'lime')
  const place = memory.placeOf(LIME)
  for (const client of [KIWI, LIME]) memory.pin(client)
  for (const client of [KIWI, LIME]) memory.unpin(client)
  t.equal(memory.sizeOfBucket(0, 1), 0)
  t.equal(memory.add(report(firstOf('lime')), 0), LIME)
  t.equal(memory.add(report(firstOf('lime2')), 0), KIWI)
  t.equal(memory.placeOf(LIME), place)
  const other = holding('lime2')
  t.equal(memory.placeOf(KIWI), other.placeOf(numbered(0)))
  t.same(bucketed(memory), [KIWI, LIME])
})

/** What a memory should hold of a client. */
interface Client {
  readonly number: ClientNumber
  latest: string
  pins: number
  readonly lines: Map<TableNumber, string>
}

/** A memory beside a model of it, which holds lines as text in Maps. */
class Modelled {
  readonly memory = new Memory(KEYS)
  readonly clients = new Map<string, Client>()
  readonly tables: TableNumber[] = []
  /** The most clients there ever were at once. */
  most = 0

  /** A newer report of a client, which is new or not, is put in a table. */
  report(id: string, table: TableNumber, line: string): void {
    const { memory } = this
    const known = this.clients.get(id)
    const number = known?.number ?? memory.add(report(line), 0)
    memory.put(table, number, known ? memory.renew(number, report(line), 0) : memory.latest(number))
    const client = known ?? { number, latest: line, pins: 0, lines: new Map<TableNumber, string>() }
    client.latest = line
    client.lines.set(table, line)
    this.clients.set(id, client)
    this.most = Math.max(this.most, this.clients.size)
  }

  putLatest(id: string, table: TableNumber): void {
    const client = this.clients.get(id)
    if (!client) return
    this.memory.put(table, client.number, this.memory.latest(client.number))
    client.lines.set(table, client.latest)
  }

  putOlder(id: string, table: TableNumber, line: string): void {
    const client = this.clients.get(id)
    if (!client) return
    this.memory.put(table, client.number, this.memory.store(report(line), 0))
    client.lines.set(table, line)
  }

  remove(id: string, table: TableNumber): void {
    const client = this.clients.get(id)
    if (!client) return
    this.memory.remove(table, client.number)
    client.lines.delete(table)
    this.#forgetUnused()
  }

  pin(id: string): void {
    const client = this.clients.get(id)
    if (!client) return
    this.memory.pin(client.number)
    client.pins += 1
  }

  unpin(id: string): void {
    const client = this.clients.get(id)
    if (!client || client.pins === 0) return
    client.pins -= 1
    this.memory.unpin(client.number)
    this.#forgetUnused()
  }

  addTable(): void {
    const table = this.memory.addTable()
    assert.ok(!this.tables.includes(table))
    this.tables.push(table)
  }

  dropTable(table: TableNumber): void {
    this.memory.dropTable(table)
    this.tables.splice(this.tables.indexOf(table), 1)
    for (const { lines } of this.clients.values()) lines.delete(table)
    this.#forgetUnused()
  }

  #forgetUnused(): void {
    for (const [id, { pins, lines }] of this.clients) if (pins + lines.size === 0) this.clients.delete(id)
  }
}

const IDS = ['kiwi', 'lime', 'fig', 'yuzu', 'sloe', 'plum', 'x'.repeat(1_030)]

const step = fc.record({
  what: fc.constantFrom(
    ...(['report', 'report', 'report', 'latest', 'older', 'remove', 'remove', 'pin', 'unpin'] as const),
    ...(['add table', 'drop table'] as const),
  ),
  id: fc.constantFrom(...IDS),
  pick: fc.nat(100),
  // So that some records have blocks of one size, and some have not.
  padding: fc.nat(3),
})

t.test('whatever is reported, removed, pinned and dropped, a memory holds what a model holds', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
    const modelled = new Modelled()
    for (const [time, { what, id, pick, padding }] of steps.entries()) {
      if (modelled.tables.length === 0) modelled.addTable()
      const table = modelled.tables[pick % modelled.tables.length] as TableNumber
      const lineAt = (at: number): string => `AT ${'S'.repeat(1 + 9 * padding)} +0.1 ${id} +1+1 ${at}`
      if (what === 'report') modelled.report(id, table, lineAt(time + 1))
      if (what === 'latest') modelled.putLatest(id, table)
      if (what === 'older') modelled.putOlder(id, table, lineAt(0))
      if (what === 'remove') modelled.remove(id, table)
      if (what === 'pin') modelled.pin(id)
      if (what === 'unpin') modelled.unpin(id)
      if (what === 'add table') modelled.addTable()
      if (what === 'drop table') modelled.dropTable(table)
      check(modelled)
    }
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

function check({ memory, clients, tables, most }: Modelled): void {
  for (const id of IDS) assert.equal(find(memory, id), clients.get(id)?.number ?? NO_CLIENT)
  for (const { number, latest, lines } of clients.values()) {
    assert.equal(lineIn(memory.records.line(memory.latest(number))), latest)
    for (const table of tables) {
      const record = memory.recordIn(table, number)
      assert.equal(record === NO_RECORD ? undefined : lineIn(memory.records.line(record)), lines.get(table))
    }
  }
  const numbers = Array.from(clients.values(), ({ number }) => number)
  assert.deepEqual(
    bucketed(memory),
    numbers.toSorted((a, b) => a - b),
    'no number is given twice',
  )
  assert.ok(memory.clients <= most, 'a number is given anew only if none is free')
}

/** The clients in all buckets. */
function bucketed(memory: Memory): ClientNumber[] {
  const clients: ClientNumber[] = []
  memory.eachInBucket(0, 1, (client) => clients.push(client))
  return clients.toSorted((a, b) => a - b)
}

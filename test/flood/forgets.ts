import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Flood } from '../../src/flood/flood.js'
import { Replica } from '../../src/flood/replica.js'
import { Memory } from '../../src/memory/memory.js'
import type { ClientNumber } from '../../src/memory/numbers.js'
import { toBytes, toText } from '../../src/protocol/bytes.js'
import { clientOf } from '../../src/protocol/report.js'
import { floodAlone, linesFor, linkedTo, receiveLines } from '../fixtures/floods.js'
import { KEYS } from '../fixtures/memory.js'
import { FROM_A_CLIENT } from '../fixtures/replica.js'
import { lineIn, report, statement, statementLine, statements } from '../fixtures/reports.js'
import { receiveText, textsFor } from '../fixtures/wire.js'

const FIRST = 'AT Clark +0.1 kiwi +1+1 5'
const GONE = 'GENERATION 10 AT Clark +10.0 kiwi - 0'
const AGAIN = 'AT Clark +0.1 kiwi +2+2 3'
const LATER = `GENERATION 10 ${AGAIN}`

function lineOf(flood: Flood, client = 'kiwi'): string | undefined {
  const held = flood.statementAbout(toBytes(client))
  return held && statementLine(held)
}

/** A server that holds some statements. */
function holding(...lines: string[]): Flood {
  const flood = floodAlone('Clark')
  for (const line of lines) flood.receiveStatement(statement(line))
  return flood
}

t.test('a client that is forgotten is unknown, and what is forgotten does not come back', async (t) => {
  const flood = holding(FIRST, 'AT Clark +0.1 lime +1+1 5')
  t.equal(flood.receiveStatement(statement(GONE)), true)
  t.equal(flood.get(toBytes('kiwi')), undefined)
  t.same(Array.from(flood.reports(), lineIn), ['AT Clark +0.1 lime +1+1 5'])
  t.equal(flood.sample(5, 0).length, 1)
  t.same([flood.size, flood.tombstones], [1, 1])
  flood.load(report(FIRST))
  t.equal(lineOf(flood), GONE)
  t.equal(flood.receiveStatement(statement(GONE)), false, 'it is not news twice')
})

t.test('the next report of the client is of the new generation, whatever its time', async (t) => {
  const flood = holding(FIRST, GONE)
  t.equal(flood.receiveOwn(report(AGAIN)), true)
  t.equal(lineOf(flood), LATER)
  t.equal(flood.get(toBytes('kiwi'))?.end, flood.statementAbout(toBytes('kiwi'))?.end)
  t.same(Array.from(flood.reports(), lineIn), [AGAIN], 'clients are not shown generations')
  t.same([flood.size, flood.tombstones], [1, 0])
  t.equal(flood.receiveOwn(report('AT Clark +0.1 kiwi +2+2 2')), false, 'it is stale in its generation')
  t.equal(flood.receiveOwn(report('AT Clark +0.1 kiwi +2+2 4')), true)
})

t.test('a forget up to a time forgets no newer report', async (t) => {
  const gone = 'GENERATION 0 AT Clark +0.1 kiwi - 5'
  t.equal(lineOf(holding(FIRST, gone)), gone)
  t.equal(lineOf(holding('AT Clark +0.1 kiwi +1+1 5.1', gone)), 'AT Clark +0.1 kiwi +1+1 5.1')
  const flood = holding(gone)
  t.equal(flood.receiveOwn(report(FIRST)), false)
  t.equal(flood.receiveOwn(report('AT Clark +0.1 kiwi +1+1 6')), true)
  t.equal(flood.tombstones, 0)
})

t.test('a report that comes without its generation takes the held one only if it is later', async (t) => {
  const flood = holding(FIRST, GONE)
  flood.linkUp('Elm', 'plain')
  flood.linkUp('Oak', 'proxyherd')
  for (const from of [undefined, 'Elm', 'Oak']) {
    t.equal(flood.receive(report(FIRST), from), false)
    t.equal(flood.receive(report('AT Elm +0.1 kiwi +1+1 10'), from), false)
  }
  t.equal(flood.receiveLate(report(FIRST), 'Oak'), false)
  t.equal(flood.receiveLate(report('AT Oak +0.1 kiwi +1+1 11.5'), 'Oak'), true)
  t.equal(flood.receive(report('AT Elm +0.1 kiwi +1+1 12'), 'Elm'), true)
  t.equal(lineOf(flood), 'GENERATION 10 AT Elm +0.1 kiwi +1+1 12')
})

t.test('a neighbour that knows forgets says the generation itself', async (t) => {
  const flood = holding(FIRST, GONE)
  flood.linkUp('Oak', 'proxyherd').learnForgets()
  receiveLines(flood, 'Oak', 'AT Oak +0.1 kiwi +1+1 99')
  t.equal(lineOf(flood), GONE, 'this is a report that was forgotten')
  receiveLines(flood, 'Oak', GONE)
  t.same(linesFor(flood, 'Oak'), ['DIGEST'], 'Oak has the forget already')
  receiveLines(flood, 'Oak', 'GENERATION 10 AT Oak +0.1 kiwi +1+1 1')
  receiveLines(flood, 'Oak', 'LATE GENERATION 10 AT Oak +0.1 kiwi +1+1 2')
  receiveLines(flood, 'Oak', 'COUNT 7 GENERATION 11 AT Oak +0.1 lime - 2')
  t.equal(lineOf(flood), 'GENERATION 10 AT Oak +0.1 kiwi +1+1 2')
  t.equal(lineOf(flood, 'lime'), 'GENERATION 11 AT Oak +0.1 lime - 2')
})

t.test('neighbours that know forgets are sent them', async (t) => {
  const flood = linkedTo(['Oak', 'Elm'])
  const [oak, elm] = ['Oak', 'Elm'].map((name) => flood.linkUp(name, 'proxyherd'))
  linesFor(flood, 'Oak')
  linesFor(flood, 'Elm')
  oak?.learnForgets()
  t.equal(flood.withoutForgets, undefined, 'Elm has not said yet what it knows')
  receiveLines(flood, 'Elm', 'DIGEST 0000000000000000 0')
  t.equal(flood.withoutForgets, 'Elm')
  for (const line of [FIRST, GONE]) flood.receiveStatement(statement(line))
  t.same(linesFor(flood, 'Oak'), [GONE])
  t.same(linesFor(flood, 'Elm'), [])
  t.equal(elm?.isMissingForgets, true)
  flood.receiveOwn(report(AGAIN))
  t.same(linesFor(flood, 'Oak'), [LATER])
  t.same(linesFor(flood, 'Elm'), [AGAIN])
  elm?.learnForgets()
  t.same(linesFor(flood, 'Elm'), ['DIGEST'], 'then they compare what it was not sent')
  t.equal(elm?.isMissingForgets, false)
  t.equal(flood.withoutForgets, undefined)
})

t.test('a neighbour that knows no generations is not sent what is only kept for its own', async (t) => {
  const flood = holding('GENERATION 30 AT Clark +0.1 kiwi +1+1 9', 'GENERATION 30 AT Clark +0.1 lime +1+1 20')
  flood.expiry.moveCutoff({ cutoff: 10, step: 1 })
  flood.linkUp('Elm', 'plain')
  flood.linkUp('Oak', 'plain').learnForgets()
  t.same(linesFor(flood, 'Elm'), ['AT Clark +0.1 lime +1+1 20'])
  t.equal(linesFor(flood, 'Oak').length, 2)
})

t.test('servers find forgets and generations that they lack by comparing', async (t) => {
  for (const line of [GONE, LATER]) {
    const [clark, oak] = [holding(FIRST, line), floodAlone('Oak')]
    oak.receiveStatement(statement(FIRST))
    clark.linkUp('Oak', 'proxyherd').learnForgets()
    oak.linkUp('Clark', 'proxyherd').learnForgets()
    exchange(clark, oak)
    t.equal(lineOf(oak), line)
    t.equal(oak.digest, clark.digest)
  }
})

t.test('servers of a process pass forgets without copies', async (t) => {
  const memory = new Memory(KEYS)
  const [clark, oak] = [new Flood('Clark', memory), new Flood('Oak', memory)]
  clark.linkUp('Oak', 'local')
  oak.linkUp('Clark', 'local')
  const pass = (from: Flood, to: Flood): string[] => {
    const passed: string[] = []
    const onNews = (client: ClientNumber): void => void passed.push(lineIn(from.lineOf(client)))
    from.passNews(to, from.nextChange, onNews)
    from.passRepairs(to, Infinity, onNews)
    return passed
  }
  clark.receiveOwn(report(FIRST))
  t.same(pass(clark, oak), [FIRST])
  clark.receiveStatement(statement(GONE))
  t.same(pass(clark, oak), [GONE])
  t.equal(oak.get(toBytes('kiwi')), undefined)
  t.same([oak.size, oak.tombstones], [0, 1])
  oak.receiveOwn(report(AGAIN))
  t.same(pass(oak, clark), [LATER])
  t.same([clark.tombstones, clark.digest], [0, oak.digest])
})

t.test('whatever several tables of a memory hold, each keeps its newest statement', async (t) => {
  const property = fc.property(
    fc.array(fc.tuple(fc.nat(1), statements(['kiwi', 'lime']))),
    fc.boolean(),
    (steps, isOwn) => {
      const memory = new Memory(KEYS)
      const floods = [new Flood('Clark', memory), new Flood('Oak', memory)]
      const alone = [floodAlone('Clark'), floodAlone('Oak')]
      for (const [index, list] of steps)
        for (const each of list) {
          const is = (flood: Flood | undefined): boolean | undefined =>
            isOwn && each.kind === 0 ? flood?.receiveOwn(each) : flood?.receiveStatement(each)
          assert.equal(is(floods[index]), is(alone[index]))
        }
      for (const [index, flood] of floods.entries()) {
        for (const client of ['kiwi', 'lime'])
          assert.equal(lineOf(flood, client), lineOf(alone[index] as Flood, client))
        assert.equal(flood.tombstones, alone[index]?.tombstones)
        assert.equal(flood.digest, alone[index]?.digest)
      }
    },
  )
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test('followers see a forget as a removal, unless they follow forgets', async (t) => {
  const flood = holding('AT Clark +0.1 lime +1+1 5', FIRST)
  const removed: string[] = []
  const idOf = (client: ClientNumber): string => toText(clientOf(flood.reportOf(client)))
  const told = flood.follow({ from: 'all', onRemoved: (client) => removed.push(idOf(client)) })
  const reader = flood.follow({ from: 'all' })
  const full = flood.follow({ from: 'all', forgets: true })
  t.equal(reader.take(9).length, 2)
  flood.receiveStatement(statement(GONE))
  t.same(removed, ['kiwi'])
  t.same(told.take(9).map(idOf), ['lime'], 'it is not read from the table either')
  t.same(reader.take(9), [])
  const gone: string[] = []
  t.equal(
    reader.readRemovals((client) => gone.push(idOf(client))),
    true,
  )
  t.same(gone, ['kiwi'])
  t.same(full.take(9).map(idOf), ['kiwi', 'lime'])
  const late = flood.follow({ from: 'all' })
  t.same(late.take(9).map(idOf), ['lime'])
  late.add(full.take(1)[0] ?? (0 as ClientNumber))
  flood.receiveStatement(statement(GONE))
  flood.receiveOwn(report(AGAIN))
  for (const follower of [told, reader, full]) t.same(follower.take(9).map(idOf), ['kiwi'])
})

t.test(
  'what the table forgets of a forgotten client is no removal for those who were not given it',
  async (t) => {
    const memory = new Memory(KEYS)
    const replica = new Replica('Clark', memory, 4)
    for (const line of [FIRST, GONE])
      replica.merge(statement(line), { ...FROM_A_CLIENT, generation: 'stated' })
    const removed: string[] = []
    replica.follow({ from: 'now', onRemoved: () => removed.push('reports') })
    replica.follow({ from: 'now', forgets: true, onRemoved: () => removed.push('forgets') })
    replica.remove(0 as ClientNumber)
    t.same(removed, ['forgets'])
    t.equal(replica.tombstones, 0)
    t.equal(replica.isForgotten(0 as ClientNumber), false)
  },
)

/** Exchanges messages until both servers have nothing left to send. */
function exchange(clark: Flood, oak: Flood): void {
  for (let rounds = 0; clark.hasToSend('Oak') || oak.hasToSend('Clark'); rounds += 1) {
    if (rounds > 20) throw new Error('they never agree')
    for (const text of textsFor('Oak', clark, Infinity)) receiveText(oak, text, 'Clark')
    for (const text of textsFor('Clark', oak, Infinity)) receiveText(clark, text, 'Oak')
  }
}

import t from 'tap'
import { Flood } from '../../src/flood/flood.js'
import { Memory } from '../../src/memory/memory.js'
import type { ClientNumber } from '../../src/memory/numbers.js'
import { Watches } from '../../src/near/watches.js'
import { KEYS } from '../fixtures/memory.js'
import { statement } from '../fixtures/reports.js'
import { eventText, watchOf } from '../fixtures/watched-clients.js'

t.test('a report that is kept only for its generation is not sent to watchers', async (t) => {
  const memory = new Memory(KEYS)
  const flood = new Flood('Clark', memory)
  const watches = new Watches({ server: 'Clark', flood, memory, position: 0, onBehind: () => undefined })
  const target = { kind: 'clients', ids: ['kiwi', 'lime'] } as const
  const first = watches.add(watchOf(target), () => undefined)
  const receive = (line: string): void => {
    flood.receiveStatement(statement(`GENERATION 20 AT Oak +0.1 ${line}`))
    watches.work(1_000)
  }
  watches.work(1_000)
  receive('kiwi +1+1 9')
  receive('lime +1+1 9')
  t.same(first.take(9).map(eventText), ['reset', 'report kiwi 9', 'report lime 9'])
  flood.expiry.moveCutoff({ cutoff: 15, step: 1 })
  receive('kiwi +2+2 10')
  t.same(first.take(9).map(eventText), ['expired kiwi 10'])
  const second = watches.add(watchOf(target), () => undefined)
  watches.work(1_000)
  t.same(second.take(9).map(eventText), ['reset'])
  receive('kiwi +2+2 16')
  for (const watcher of [first, second]) t.same(watcher.take(9).map(eventText), ['report kiwi 16'])
})

t.test('what expires is gone for watchers at once, also if it is kept for its generation', async (t) => {
  const memory = new Memory(KEYS)
  const flood = new Flood('Clark', memory)
  const watches = new Watches({ server: 'Clark', flood, memory, position: 0, onBehind: () => undefined })
  const watcher = watches.add(
    watchOf({ kind: 'clients', ids: ['kiwi', 'lime', 'plum', 'pear'] }),
    () => undefined,
  )
  const gone = flood.follow({ from: 'all' })
  watches.work(1_000)
  for (const line of ['GENERATION 20 AT Oak +0.1 kiwi +1+1 9', 'AT Oak +0.1 lime +1+1 9'])
    flood.receiveStatement(statement(line))
  for (const line of ['kiwi +1+1 9', 'plum +1+1 16', 'pear - 0'])
    flood.receiveStatement(statement(`GENERATION 20 AT Oak +0.1 ${line}`))
  watches.work(1_000)
  t.same(watcher.take(9).map(eventText), ['reset', 'report kiwi 9', 'report lime 9', 'report plum 16'])
  const moveTo = (cutoff: number): string[] => {
    flood.expiry.moveCutoff({ cutoff, step: 1 })
    flood.slices.work(1_000)
    watches.work(1_000)
    return watcher.take(9).map(eventText)
  }
  t.same(moveTo(15), ['expired kiwi 9', 'expired lime 9'])
  t.same(moveTo(16), [], 'once')
  t.same(moveTo(9), ['report kiwi 9'], 'the clock was set back')
  flood.receiveStatement(statement('GENERATION 20 AT Oak +0.1 kiwi +2+2 12'))
  t.same(moveTo(15), ['expired kiwi 12'], 'nobody was sent what has expired since')
  t.same(moveTo(21), ['expired plum 16'])
  gone.cancel()
  gone.shown(0 as ClientNumber)
  t.same(gone.take(9), [])
})

import t from 'tap'
import { Flood } from '../../src/flood/flood.js'
import { Memory } from '../../src/memory/memory.js'
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

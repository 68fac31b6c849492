import t from 'tap'
import { Memory } from '../../src/memory/memory.js'
import { Flood } from '../../src/flood/flood.js'
import type { WatchEvent } from '../../src/near/watch.js'
import { MemoryBudget } from '../../src/server/memory-budget.js'
import { Tick } from '../../src/server/tick.js'
import {
  EVENTS_PER_TURN,
  MAX_CHANGES_PER_TICK,
  MAX_STEPS_PER_TICK,
  MAX_WATCHERS,
  WatchStreams,
  type WatchStream,
} from '../../src/server/watch-streams.js'
import { KEYS } from '../fixtures/memory.js'
import { until } from '../fixtures/log.js'
import { report, statement } from '../fixtures/reports.js'
import { eventText, watchOf } from '../fixtures/watched-clients.js'

const BOX = watchOf({ kind: 'area', area: { kind: 'box', box: { west: 0, south: 0, east: 9, north: 9 } } })

const KIWI = watchOf({ kind: 'clients', ids: ['kiwi'] })

/** A server that is watched, whose ticks are run by hand. */
function alone(keepAfterLastMs?: number) {
  const memory = new Memory(KEYS)
  const flood = new Flood('Clark', memory)
  const tick = new Tick({ drain: () => false })
  const budget = new MemoryBudget(memory, Infinity)
  const options = { name: 'Clark', memory, tick, budget }
  const streams = new WatchStreams({
    options,
    flood,
    ...(keepAfterLastMs !== undefined && { keepAfterLastMs }),
  })
  let time = 0
  const put = (count: number): void => {
    time += 1
    for (let n = 0; n < count; n += 1) flood.receive(report(`AT Clark +0.1 c${n} +5+5 ${time}`))
  }
  return { memory, flood, tick, budget, streams, put }
}

t.test(
  'nothing is followed before somebody watches, and nothing some time after the last has left',
  async (t) => {
    const { memory, flood, tick, budget, streams, put } = alone(1)
    put(1)
    t.equal(flood.queueBytes, 0)
    const events: WatchEvent[] = []
    const reader = {
      send: (more: readonly WatchEvent[]) => {
        events.push(...more)
        return true
      },
    }
    t.equal(streams.unread, 0)
    const stream = streams.open(BOX, reader)
    t.equal(streams.unread, 1)
    tick.run()
    t.same(events, [], 'nothing is sent before it is resumed')
    stream.resume()
    tick.run()
    t.equal(streams.unread, 0)
    t.same(events.map(eventText), ['reset', 'report c0 1'])
    t.ok(flood.queueBytes > 0)
    t.ok(budget.bytes > memory.bytes)
    const { position = -1 } = stream
    stream.end()
    stream.end()
    stream.resume()
    await until(() => flood.queueBytes === 0)
    t.equal(budget.bytes, memory.bytes)
    put(1)
    events.length = 0
    streams.open({ ...BOX, after: position }, reader).resume()
    tick.run()
    t.same(events.map(eventText), ['reset', 'report c0 2'], 'what has changed meanwhile is not known')
    streams.close()
  },
)

t.test('who comes back soon goes on, and readers have their turns', async (t) => {
  const { tick, streams, put } = alone()
  const counts = [0, 0]
  const open = (index: 0 | 1, after?: number): WatchStream => {
    const send = (events: readonly WatchEvent[]): boolean => {
      t.ok(events.length <= EVENTS_PER_TURN)
      counts[index] = (counts[index] ?? 0) + events.length
      return true
    }
    const stream = streams.open({ ...BOX, after }, { send })
    stream.resume()
    return stream
  }
  const first = open(0)
  tick.run()
  const { position } = first
  first.end()
  const clients = MAX_STEPS_PER_TICK / 20
  put(clients)
  const [again, other] = [open(0, position), open(1)]
  tick.run()
  const [a = 0, b = 0] = counts
  t.ok(a > 0 && b > 0 && a + b <= clients + EVENTS_PER_TURN, `${a} and ${b} events`)
  await until(() => (counts[0] ?? 0) + (counts[1] ?? 0) >= 2 * clients + 2)
  t.same(counts, [clients + 1, clients + 1])
  for (const stream of [again, other]) stream.end()
  streams.close()
})

t.test('all who are to watch are counted, also before they are sent anything', (t) => {
  const { streams } = alone()
  const reader = { send: () => true }
  const opened = Array.from({ length: MAX_WATCHERS - 1 }, () => streams.open(BOX, reader))
  t.notOk(streams.isFull)
  streams.open(BOX, reader)
  t.ok(streams.isFull)
  opened[0]?.end()
  t.notOk(streams.isFull)
  streams.close()
  t.end()
})

t.test('readers who come back and have missed much, of which nothing is theirs, have their turns', (t) => {
  const { tick, streams, put } = alone()
  const reader = { send: () => true }
  const first = streams.open(KIWI, reader)
  first.resume()
  tick.run()
  const { position } = first
  put(MAX_CHANGES_PER_TICK)
  tick.run()
  const back = Array.from({ length: 2 * (MAX_STEPS_PER_TICK / MAX_CHANGES_PER_TICK) }, () => {
    const stream = streams.open({ ...KIWI, after: position }, reader)
    stream.resume()
    return stream
  })
  const upToDate = (): number => back.filter((stream) => stream.position === first.position).length
  tick.run()
  t.ok(upToDate() > 10 && upToDate() < back.length, `${upToDate()} are up to date`)
  for (let ticks = 0; ticks < 2; ticks += 1) tick.run()
  t.equal(upToDate(), back.length)
  streams.close()
  t.end()
})

t.test('a circle moves in a tick after its client was forgotten', (t) => {
  const { tick, streams, put, flood } = alone()
  const events: WatchEvent[] = []
  const reader = {
    send: (more: readonly WatchEvent[]) => {
      events.push(...more)
      return true
    },
  }
  put(2)
  streams.open(watchOf({ kind: 'around', id: 'c0', radiusM: 1_000 }), reader).resume()
  tick.run()
  t.same(events.map(eventText), ['reset', 'report c1 1'])
  flood.receiveStatement(statement('GENERATION 5 AT Clark +0.1 c0 - 5'))
  tick.run()
  t.same(events.map(eventText).slice(2), ['exit c1 1'])
  streams.close()
  t.end()
})

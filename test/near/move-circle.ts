import t from 'tap'
import { MAX_MOVED_CLIENTS } from '../../src/near/move-circle.js'
import { eventText, WatchedClients, watchOf } from '../fixtures/watched-clients.js'

t.test('a stream around a client begins again when that moves among too many others', async (t) => {
  const clients = new WatchedClients()
  clients.report('truck', '+10+10')
  for (let index = 0; index <= MAX_MOVED_CLIENTS; index += 1) clients.report(`c${index}`, '+10+10')
  clients.watches.work(Infinity)
  const watch = watchOf({ kind: 'around', id: 'truck', radiusM: 1_000 })
  const watcher = clients.watches.add(watch, () => undefined)
  const take = (): string[] => watcher.take(Infinity).map(eventText)
  t.equal(take().length, 2 + MAX_MOVED_CLIENTS)
  clients.report('truck', '+20+20')
  clients.report('fig', '+20+20')
  clients.watches.work(Infinity)
  t.same(take(), ['reset', `report fig ${clients.time}`])
})

t.test('circles that have to move take their turns', async (t) => {
  let calls = 0
  const clients = new WatchedClients({ onBehind: () => (calls += 1) })
  const near = 50
  clients.report('truck', '+10+10')
  for (let index = 0; index < near; index += 1) clients.report(`c${index}`, '+10+10')
  const { watches } = clients
  watches.work(Infinity)
  const watch = watchOf({ kind: 'around', id: 'truck', radiusM: 1_000 }, { detect: new Set(['exit']) })
  const watchers = Array.from({ length: 10 }, () => watches.add(watch, () => undefined))
  for (const watcher of watchers) t.equal(watcher.take(Infinity).length, 1 + near)
  const moved = (): number => watchers.filter((watcher) => watcher.take(Infinity).length === near).length
  clients.report('truck', '+20+20')
  watches.work(3 * 2 * near)
  const first = moved()
  t.ok(first > 0 && first < watchers.length, `${first} circles have moved`)
  t.ok(watches.isBehind)
  watches.work(Infinity)
  t.equal(first + moved(), watchers.length)
  t.notOk(watches.isBehind)
  t.equal(calls, 0)
  clients.remove('truck')
  t.equal(calls, 1, 'when a client is removed, nothing else says that there is work')
  t.ok(watches.isBehind)
})

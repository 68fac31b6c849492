import t from 'tap'
import { MAX_MOVED_CLIENTS } from '../../src/near/move-circle.js'
import { eventText, WatchedClients, watchOf } from '../fixtures/watched-clients.js'

t.test('a stream around a client begins again when that moves among too many others', async (t) => {
  const clients = new WatchedClients()
  clients.report('truck', '+10+10')
  for (let index = 0; index < MAX_MOVED_CLIENTS; index += 1) clients.report(`c${index}`, '+10+10')
  clients.watches.work(Infinity)
  const watch = watchOf({ kind: 'around', id: 'truck', radiusM: 1_000 })
  const watcher = clients.watches.add(watch, () => undefined)
  const take = (): string[] => watcher.take(Infinity).map(eventText)
  t.equal(take().length, 1 + MAX_MOVED_CLIENTS)
  clients.report('truck', '+20+20')
  clients.report('fig', '+20+20')
  clients.watches.work(Infinity)
  t.same(take(), ['reset', `report fig ${clients.time}`])
})

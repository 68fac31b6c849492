import t from 'tap'
import type { Transition, WatchTarget } from '../../src/near/watch.js'
import { MAX_WAITING_CLIENTS, MAX_WAITING_SUPERSEDED } from '../../src/near/watcher.js'
import { eventText, WatchedClients, watchOf } from '../fixtures/watched-clients.js'

const BOX: WatchTarget = {
  kind: 'area',
  area: { kind: 'box', box: { west: 0, south: 0, east: 10, north: 10 } },
}
const KIWI: WatchTarget = { kind: 'clients', ids: ['kiwi'] }

t.test('nothing is sent before the whole table is read', async (t) => {
  const clients = new WatchedClients()
  clients.watches.close()
  clients.report('kiwi', '+1+2')
  clients.report('lime', '+1+2')
  clients.report('plum', '+50+2')
  const later = new WatchedClients({ flood: clients.flood, memory: clients.memory })
  const { watches } = later
  const watcher = watches.add(watchOf(BOX, { hasSuperseded: true }), () => undefined)
  clients.report('kiwi', '+1+3')
  watches.work(1)
  t.same([watcher.take(9), watcher.position, watches.isLoaded], [[], undefined, false])
  later.reportLate('kiwi', '+1+1', 1)
  clients.remove('lime')
  watches.work(9)
  t.same(watcher.take(9).map(eventText), ['reset', 'report kiwi 4'])
  t.equal(watcher.position, watches.position)
  t.ok(watches.bytes > 0)
})

t.test('a slow watcher is sent the newest report and how many it has not been sent', async (t) => {
  const clients = new WatchedClients()
  clients.work()
  const read = clients.watch(watchOf(KIWI))
  t.same(read(), ['reset'])
  for (let n = 0; n < 3; n += 1) clients.report('kiwi', '+1+1')
  clients.work()
  for (let n = 0; n < 3; n += 1) clients.report('kiwi', '+1+1')
  t.same(read(), ['report kiwi 6 skipped 5'])
  clients.report('kiwi', '+1+1')
  t.same(read(), ['report kiwi 7'])
})

t.test('a visit that nobody was told of is counted in the next event', async (t) => {
  const clients = new WatchedClients()
  clients.work()
  const read = clients.watch(watchOf(BOX, { detect: new Set<Transition>(['enter', 'exit']) }))
  t.same(read(), ['reset'])
  for (const position of ['+20+5', '+5+5', '+20+5']) {
    clients.report('kiwi', position)
    clients.work()
  }
  t.same(read(), [])
  clients.report('lime', '+5+5')
  t.same(read(), ['enter lime 4 skipped 2'])
})

t.test('a client that is gone is forgotten only where it was', async (t) => {
  const clients = new WatchedClients()
  clients.work()
  const [box, kiwi] = [clients.watch(watchOf(BOX)), clients.watch(watchOf(KIWI))]
  const plum = clients.watch(watchOf({ kind: 'clients', ids: ['plum'] }))
  clients.report('kiwi', '+5+5')
  clients.report('lime', '+50+5')
  for (const read of [box, kiwi, plum]) t.equal(read().at(0), 'reset')
  clients.remove('lime')
  clients.remove('nobody')
  clients.remove('kiwi')
  clients.report('plum', '+5+5')
  t.same(box(), ['forgotten kiwi 1', 'enter plum 3'])
  t.same(kiwi(), ['forgotten kiwi 1'])
  t.same(plum(), ['report plum 3'])
  clients.report('fig', '+5+5')
  clients.work()
  clients.remove('fig')
  t.same(box(), [], 'it has come and gone meanwhile')
})

t.test('a client that is forgotten again and again waits once', async (t) => {
  const clients = new WatchedClients()
  clients.work()
  const readers = [BOX, KIWI].map((target) => clients.watches.add(watchOf(target), () => undefined))
  clients.report('kiwi', '+5+5')
  clients.work()
  for (const reader of readers) t.equal(reader.take(9).length, 2)
  for (let n = 0; n < 3; n += 1) {
    clients.remove('kiwi')
    clients.report(`plum-${n}`, '+50+50')
    clients.report('kiwi', '+6+6')
    clients.work()
  }
  const [box, kiwi] = readers.map((reader) => [reader.waiting, ...reader.take(9).map(eventText)])
  t.same(box, [1, 'forgotten kiwi 5', 'enter kiwi 7 skipped 2'])
  t.same(kiwi, [1, 'forgotten kiwi 5', 'report kiwi 7 skipped 2'])
})

t.test('a client that comes back while the first reports are read has gone before', async (t) => {
  const read = (reads: number): string[] => {
    const clients = new WatchedClients()
    for (let n = 0; n < 5; n += 1) clients.report(`c${n}`, '+5+5')
    clients.work()
    const watcher = clients.watches.add(watchOf(BOX), () => undefined)
    watcher.take(1 + reads)
    for (let n = 1; n < reads; n += 1) clients.report(`c${n}`, '+6+6')
    clients.work()
    clients.remove('c0')
    clients.report('plum', '+50+50')
    clients.report('c0', '+7+7')
    clients.work()
    return watcher.take(Infinity).map(eventText)
  }
  t.same(read(1), [
    'report c1 2',
    'forgotten c0 1',
    'report c2 3',
    'report c3 4',
    'report c4 5',
    'report c0 7',
  ])
  t.same(read(4), [
    'inside c1 6',
    'report c4 5',
    'inside c2 7',
    'inside c3 8',
    'forgotten c0 1',
    'enter c0 10',
  ])
})

t.test('too many clients that wait begin again with what there is', async (t) => {
  const clients = new WatchedClients()
  clients.work()
  const read = clients.watch(watchOf(BOX))
  t.same(read(), ['reset'])
  const count = MAX_WAITING_CLIENTS + 1
  for (let n = 0; n < count; n += 1) clients.report(`c${n}`, '+5+5')
  const events = read()
  t.equal(events[0], `reset skipped ${count}`)
  t.equal(new Set(events.slice(1)).size, count)
  t.equal(events[1], 'report c0 1')
})

t.test('if all watchers together hold too much, the one that holds most begins again', async (t) => {
  const clients = new WatchedClients({ mostSlots: 10 })
  clients.work()
  const lime = clients.watch(watchOf({ kind: 'clients', ids: ['lime'] }))
  const [box, kiwi] = [clients.watch(watchOf(BOX)), clients.watch(watchOf(KIWI))]
  for (const read of [lime, box, kiwi]) t.same(read(), ['reset'])
  clients.report('kiwi', '+5+5')
  for (let n = 0; n < 9; n += 1) clients.report(`c${n}`, '+5+5')
  clients.work()
  t.match(box(), ['reset skipped 10', 'report kiwi 1', ...Array.from({ length: 9 }, () => /report c/)])
  t.same(kiwi(), ['report kiwi 1'])
})

t.test('what is no longer known cannot be sent again', async (t) => {
  const clients = new WatchedClients({ mostRingBytes: 1_000 })
  clients.work()
  const report = (count: number): void => {
    for (let n = 0; n < count; n += 1) {
      clients.report('kiwi', '+5+5')
      clients.work()
    }
  }
  report(2)
  const early = clients.watches.position
  report(2)
  const back = clients.watches.add(watchOf(KIWI, { after: early }), () => undefined)
  t.same(back.take(1).map(eventText), ['report kiwi 3'])
  t.equal(back.position, early + 1)
  report(9)
  t.same(back.take(9).map(eventText), ['reset skipped 9', 'report kiwi 13'])
  for (const after of [early, clients.watches.position + 1])
    t.equal(clients.watch(watchOf(KIWI, { after }))()[0], 'reset')
  t.same(clients.watch(watchOf(KIWI, { after: clients.watches.position }))(), [])
})

t.test('superseded reports come to those who want them, also after a return', async (t) => {
  const clients = new WatchedClients()
  clients.work()
  clients.reportLate('kiwi', '+5+5', 0)
  const wanted = watchOf(BOX, { hasSuperseded: true, detect: new Set<Transition>(['inside']) })
  const read = clients.watch(wanted)
  const { position } = clients.watches
  t.same([read(), clients.watches.hasSuperseded], [['reset'], true])
  clients.report('kiwi', '+5+5')
  for (const at of ['+6+6', '+7+7', '+8+8']) {
    clients.report('kiwi', at)
    clients.work()
  }
  clients.report('kiwi', '+9+9', 'Oak')
  clients.work()
  clients.reportLate('kiwi', '+4+4', 0)
  clients.reportLate('kiwi', '+40+4', 0)
  t.same(read(), ['superseded kiwi 3', 'superseded kiwi 4', 'superseded kiwi 0', 'inside kiwi 5'])
  clients.report('kiwi', '+9+9', 'Oak')
  clients.work()
  clients.report('kiwi', '+9+9')
  t.same(read(), ['inside kiwi 7 skipped 1'], 'the report of another server is not superseded here')
  const again = clients.watch({ ...wanted, after: position })
  t.same(again(), [
    ...['inside kiwi 3', 'inside kiwi 4', 'inside kiwi 5', 'superseded kiwi 0'],
    ...['inside kiwi 6', 'inside kiwi 7'],
  ])
  const plain = clients.watch(watchOf(BOX, { after: position }))
  t.notOk(plain().includes('superseded kiwi 0'))
})

t.test('what waits and need not be sent takes steps, too', async (t) => {
  const clients = new WatchedClients()
  const report = (position: string): void => {
    for (const client of ['kiwi', 'lime', 'plum']) clients.report(client, position)
    clients.work()
  }
  report('+5+5')
  const watcher = clients.watches.add(
    watchOf(BOX, { detect: new Set<Transition>(['exit']) }),
    () => undefined,
  )
  t.equal(watcher.take(Infinity).length, 4)
  const { position } = watcher
  report('+50+50')
  report('+5+5')
  t.same([watcher.take(9, { left: 2 }), watcher.position], [[], position && position + 2])
  t.same([watcher.take(9), watcher.position], [[], clients.watches.position])
})

t.test('only so many superseded reports wait', async (t) => {
  const clients = new WatchedClients()
  clients.work()
  const read = clients.watch(watchOf(KIWI, { hasSuperseded: true }))
  t.same(read(), ['reset'])
  for (let n = 0; n < MAX_WAITING_SUPERSEDED + 5; n += 1) clients.reportLate('kiwi', '+1+1', n)
  for (let n = 0; n < 3; n += 1) {
    clients.report('kiwi', '+1+1')
    clients.work()
  }
  const events = read()
  t.equal(events.length, MAX_WAITING_SUPERSEDED + 1)
  t.equal(events[0], 'superseded kiwi 0 skipped 5')
  t.equal(events.at(-1), 'report kiwi 3 skipped 2')
  clients.reportLate('kiwi', '+1+1', 0)
  clients.watches.close()
  t.same(read(), [])
})

t.test('clients that a watcher may not read do not exist for it', async (t) => {
  const clients = new WatchedClients()
  const mayRead = (id: string): boolean => id !== 'kiwi'
  for (const id of ['kiwi', 'lime']) clients.report(id, '+5+5')
  const reads = [BOX, { kind: 'clients', ids: ['kiwi', 'lime'] } as const].map((target) =>
    clients.watch(watchOf(target, { mayRead, hasSuperseded: true })),
  )
  for (const read of reads) t.same(read(), ['reset', 'report lime 2'])
  for (const id of ['kiwi', 'lime']) clients.report(id, '+6+6')
  clients.reportLate('kiwi', '+5+5', 0)
  t.match(
    reads.map((read) => read()),
    [['inside lime 4'], ['report lime 4']],
  )
})

t.test('a watcher may have to begin again while it reads the first reports', async (t) => {
  const clients = new WatchedClients({ mostSlots: 3 })
  for (let n = 0; n < 5; n += 1) clients.report(`c${n}`, '+5+5')
  clients.work()
  for (let n = 0; n < 2; n += 1) clients.watch(watchOf({ kind: 'clients', ids: ['c3'] }))()
  const watcher = clients.watches.add(watchOf(BOX), () => undefined)
  t.same(watcher.take(4).map(eventText), ['reset', 'report c0 1', 'report c1 2', 'report c2 3'])
  for (let n = 0; n < 3; n += 1) clients.report(`c${n}`, '+6+6')
  clients.work()
  clients.report('c3', '+6+6')
  t.same(watcher.take(9).map(eventText), [
    'reset skipped 3',
    'report c0 6',
    'report c1 7',
    'report c2 8',
    'report c3 9',
    'report c4 5',
  ])
})

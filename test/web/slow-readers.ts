import { connect, type Socket } from 'node:net'
import t from 'tap'
import { EventStream } from '../../src/web/event-stream.js'
import { MAX_WATCHERS } from '../../src/server/watch-streams.js'
import { EventReader } from '../fixtures/event-reader.js'
import { until } from '../fixtures/log.js'
import { WebHerd } from '../fixtures/web-herd.js'
import { watchOf } from '../fixtures/watched-clients.js'

/** The line of a report whose ID is long, so that few of them fill what a connection holds. */
function iamat(client: number, time: number): string {
  return `IAMAT ${'x'.repeat(3_900)}${client} +1+2 ${time}\n`
}

t.test('a reader that stops gets the newest report of each client, and delays nobody', async (t) => {
  const herd = await WebHerd.start(t)
  const query = 'bbox=0,0,10,10&detect=enter,inside'
  const [slow, quick] = [await EventReader.open(herd, query), await EventReader.open(herd, query)]
  for (const reader of [slow, quick]) await reader.begun()
  slow.peer.socket.pause()
  const [clients, rounds] = [100, 14]
  const reporter = await herd.servers.client(t, 'Clark')
  for (let time = 1; time <= rounds; time += 1) {
    const lines = Array.from({ length: clients }, (_, client) => iamat(client, time))
    reporter.write(lines.join(''))
    for (let n = 0; n < clients; n += 1) await reporter.read()
    let last = 0
    while (last < clients) {
      const { data } = await quick.next()
      if (data['time'] === String(time)) last += 1
      else t.fail('the quick reader is behind')
    }
  }
  slow.peer.socket.resume()
  const newest = new Set<unknown>()
  let [sent, skipped] = [0, 0]
  while (newest.size < clients) {
    const { data } = await slow.next()
    sent += 1
    skipped += Number(data['skipped'])
    if (data['time'] === String(rounds)) newest.add(data['id'])
  }
  t.ok(skipped > 0, `${skipped} reports were left out`)
  t.equal(sent + skipped, clients * rounds, 'each was sent or counted')
  for (const reader of [slow, quick]) reader.close()
})

t.test('a reader that vanishes leaves nothing behind', async (t) => {
  const herd = await WebHerd.start(t)
  const open = (): number =>
    herd.servers.logs.get('Clark')?.entries.filter(({ kind }) => kind === 'http').length ?? 0
  const stays = await EventReader.open(herd, 'client=kiwi')
  for (let n = 0; n < 20; n += 1) {
    const reader = await EventReader.open(herd, 'client=kiwi')
    reader.peer.socket.resetAndDestroy()
  }
  t.ok(open() >= 20)
  await herd.servers.ask('Clark', 'IAMAT kiwi +1+2 5\n')
  t.same(await stays.texts(2), ['reset', 'report kiwi 5'])
  stays.close()
})

t.test('as many as may can watch, of whom most never read, and all others are served', async (t) => {
  const herd = await WebHerd.start(t, { names: ['Clark'] })
  const port = herd.httpPort('Clark')
  const streams = (): number =>
    herd.servers.logs
      .get('Clark')
      ?.entries.filter((entry) => entry.kind === 'http' && entry.path === '/v1/events').length ?? 0
  const silent: Socket[] = []
  for (let n = 1; n < MAX_WATCHERS; n += 1) {
    // Without a listener for data, a socket does not read.
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /v1/events?bbox=0,0,10,10&detect=enter,inside HTTP/1.1\r\nHost: localhost\r\n\r\n')
    silent.push(socket)
    if (n % 200 === 0 || n === MAX_WATCHERS - 1) await until(() => streams() === n)
  }
  const reader = await EventReader.open(herd, 'client=kiwi')
  await reader.begun()
  const { status, headers } = await herd.ask('GET /v1/events?client=kiwi')
  t.equal(status, 429)
  t.equal(headers['retry-after'], '10')
  t.equal(await herd.servers.ask('Clark', 'WATCH kiwi\n'), '? WATCH kiwi\n')
  await herd.servers.ask('Clark', 'IAMAT kiwi +1+2 5\nIAMAT kiwi +1+2 6\n')
  t.same(await reader.texts(1), ['report kiwi 6'])
  t.equal((await herd.ask('GET /v1/clients/kiwi')).status, 200)
  for (const socket of silent) socket.destroy()
  reader.close()
  while ((await herd.ask('HEAD /v1/events?client=kiwi')).status === 429);
})

t.test('a silent stream has comments, but not while the reader is behind', async (t) => {
  const written: string[] = []
  const ended: string[] = []
  const response = {
    writableNeedDrain: false,
    socket: null,
    on: () => undefined,
    write: (text: string) => written.push(text),
    end: () => ended.push('response'),
  }
  const stream = { position: 7, resume: () => undefined, end: () => ended.push('watch') }
  const abort = new AbortController()
  const request = { requests: { watches: { open: () => stream }, run: '1' }, signal: abort.signal }
  new EventStream(response as never, request as never, watchOf({ kind: 'clients', ids: ['kiwi'] }), 1)
  await until(() => written.length > 3)
  t.same(written.slice(0, 4), ['retry: 2000\n\n', 'id: 1-7\n\n', ':\n\n', ':\n\n'])
  response.writableNeedDrain = true
  const { length } = written
  await new Promise((resolve) => setTimeout(resolve, 5))
  t.equal(written.length, length)
  abort.abort()
  t.same(ended, ['watch', 'response'])
  new EventStream(response as never, request as never, watchOf({ kind: 'clients', ids: ['kiwi'] }), 1)
  t.equal(ended.length, 4, 'a connection that is lost already is not written to')
})

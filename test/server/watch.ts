import t from 'tap'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { HeldPlaces } from '../fixtures/held-places.js'
import { until } from '../fixtures/log.js'
import type { Peer } from '../fixtures/peer.js'

const PAIR = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })

/** The next lines of a stream, as their clients and times. */
async function read(peer: Peer, count: number): Promise<string[]> {
  const clients: string[] = []
  while (clients.length < count) {
    const [, , , client, , time] = (await peer.read()).trimEnd().split(' ')
    clients.push(`${client} ${time}`)
  }
  return clients
}

t.test('WATCH gives the newest report of each client and then each change, on every server', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  await herd.ask('Clark', 'IAMAT kiwi +34-118 5\nIAMAT plum +34-118 5\n')
  const [here, there] = [await herd.client(t, 'Clark'), await herd.client(t, 'Oak')]
  for (const peer of [here, there]) {
    peer.write('WATCH kiwi lime\n')
    t.equal(await peer.read(), 'AT Clark +1621464823.223371889 kiwi +34-118 5\n')
  }
  await herd.ask('Oak', 'IAMAT lime +34-118 6\nIAMAT plum +34-118 6\n')
  await herd.ask('Clark', 'IAMAT kiwi +35-118 7\nIAMAT kiwi +35-118 6\n')
  for (const peer of [here, there]) t.same((await read(peer, 2)).sort(), ['kiwi 7', 'lime 6'])
})

t.test('WATCH of a circle gives what is reported in it, and the report of who has left', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  await herd.ask('Clark', 'IAMAT kiwi +34-118 5\nIAMAT far +36-118 5\n')
  const peer = await herd.client(t, 'Oak')
  peer.write('WATCH +34-118 50\n')
  t.same(await read(peer, 1), ['kiwi 5'])
  await herd.ask('Clark', 'IAMAT kiwi +34.1-118 6\n')
  t.same(await read(peer, 1), ['kiwi 6'])
  await herd.ask('Clark', 'IAMAT far +37-118 6\nIAMAT kiwi +36-118 7\n')
  t.same(await read(peer, 1), ['kiwi 7'])
  await herd.ask('Clark', 'IAMAT kiwi +37-118 8\nIAMAT far +34-118 8\n')
  t.same(await read(peer, 1), ['far 8'])
})

t.test('a client that watches may close its side, and what else it sends is refused', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  const peer = await herd.client(t, 'Clark')
  peer.write('IAMAT kiwi +34-118 5\nWATCH kiwi\nIAMAT kiwi +34-118 6\nWATCH plum\n')
  t.match(await peer.read(), /^AT Clark/)
  const lines = [await peer.read(), await peer.read(), await peer.read()].sort()
  t.same(lines.slice(0, 2), ['? IAMAT kiwi +34-118 6\n', '? WATCH plum\n'])
  t.match(lines[2], / kiwi \+34-118 5\n/)
  peer.end()
  await herd.ask('Oak', 'IAMAT kiwi +34-118 7\n')
  t.same(await read(peer, 1), ['kiwi 7'])
  const stopped = herd.herd.stop('Clark')
  await peer.closed
  await stopped
})

t.test('a stream begins after the replies before it', async (t) => {
  const places = new HeldPlaces(1)
  const herd = await TestHerd.start(t, { topology: PAIR, provider: places })
  const peer = await herd.client(t, 'Clark')
  peer.write('IAMAT kiwi +34-118 5\nWHATSAT kiwi 10 5\nWATCH kiwi\n')
  t.match(await peer.read(), /^AT Clark/)
  await until(() => places.asked.length > 0)
  await herd.ask('Clark', 'IAMAT kiwi +34-118 6\n')
  await places.answer(10)
  t.match(await peer.read('\n\n'), / 5\n\{[^]*\}\n\n/)
  t.same(await read(peer, 1), ['kiwi 6'])
})

t.test(
  'a client that stops reading gets the newest reports, and one that vanishes leaves nothing',
  async (t) => {
    const herd = await TestHerd.start(t, { topology: PAIR })
    const [slow, gone, quick] = await Promise.all([1, 2, 3].map(() => herd.client(t, 'Clark')))
    for (const peer of [slow, gone, quick]) {
      peer?.write('IAMAT kiwi +34-118 1\nWATCH +34-118 50\n')
      await peer?.read()
      await peer?.read()
    }
    gone?.socket.resetAndDestroy()
    slow?.socket.pause()
    const reporter = await herd.client(t, 'Oak')
    const [clients, rounds] = [100, 30]
    const id = 'x'.repeat(3_900)
    for (let time = 2; time <= rounds; time += 1) {
      for (let client = 0; client < clients; client += 1)
        reporter.write(`IAMAT ${id}${client} +34-118 ${time}\n`)
      for (let client = 0; client < clients; client += 1) await reporter.read()
      const newest = new Set<string>()
      while (quick && newest.size < clients)
        for (const text of await read(quick, 1)) if (text.endsWith(` ${time}`)) newest.add(text)
    }
    slow?.socket.resume()
    const [newest, all] = [new Set<string>(), [] as string[]]
    while (slow && newest.size < clients) {
      const [text = ''] = await read(slow, 1)
      all.push(text)
      if (text.endsWith(` ${rounds}`)) newest.add(text)
    }
    t.ok(all.length < clients * (rounds - 1), `${all.length} lines were sent`)
  },
)

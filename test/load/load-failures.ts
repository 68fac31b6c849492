import t from 'tap'
import { simulatedClients } from '../fixtures/clients.js'
import { PeerListener, type Peer } from '../fixtures/peer.js'
import { answerAll, answerTo, loadOn, target } from '../fixtures/targets.js'

t.test('an error names the server that failed', async (t) => {
  const fails = async (
    message: string | RegExp,
    how: (peer: Peer) => unknown,
    timeoutMs?: number,
  ): Promise<void> => {
    const { target: elm, next } = await target(t)
    const load = loadOn(t, [elm], {}, timeoutMs)
    const peer = await next()
    await load.connected()
    const run = load.run({ kind: 'requests', count: 10 })
    await Promise.all([t.rejects(run, { message }), how(peer)])
    await t.rejects(load.run({ kind: 'requests', count: 1 }), { message }, 'and the load stays failed')
  }
  await fails('Elm closed the connection before it answered', (peer) => {
    peer.end()
  })
  await fails(/^cannot talk to Elm at 127\.0\.0\.1:[0-9]+: the connection was reset$/, async (peer) => {
    await peer.read()
    peer.socket.resetAndDestroy()
  })
  await fails('Elm sent a reply to no request', async (peer) => {
    await peer.read()
    peer.write('AT 1\nAT 2\n')
  })
  await fails('Elm gave no answer within 0.05 s', () => undefined, 50)
})

t.test('a server that does not listen', async (t) => {
  const gone = await PeerListener.listen()
  const address = { host: '127.0.0.1', port: gone.port }
  gone.close()
  const load = loadOn(t, [{ name: 'Elm', address }])
  await t.rejects(load.connected(), {
    message: /^nobody listens on 127\.0\.0\.1:[0-9]+, so Elm cannot answer$/,
  })
})

t.test('a load that is stopped fails its phase', async (t) => {
  const { target: elm, next } = await target(t)
  const load = loadOn(t, [elm])
  await next()
  await load.connected()
  const run = load.run({ kind: 'requests', count: 10 })
  load.close()
  await t.rejects(run, { message: 'the load was stopped' })
})

t.test('a server that fails ends its share of the load, and the others go on', async (t) => {
  const [{ target: elm, next: nextElm }, { target: oak, next: nextOak }] = [
    await target(t, 'Elm'),
    await target(t, 'Oak'),
  ]
  const clients = simulatedClients(40)
  const load = loadOn(t, [elm, oak], { clients, connections: 4, depth: 5 })
  for (let connection = 0; connection < 2; connection += 1) void answerAll(await nextElm())
  const peers = [await nextOak(), await nextOak()]
  await load.connected()
  const running = load.run({ kind: 'introduction' })
  for (const peer of peers) {
    peer.write(answerTo(await peer.read()))
    await peer.read()
    peer.end()
  }
  const result = await running
  const fault = /^Oak closed the connection before it answered$/
  t.match(result.servers, [
    { server: 'Elm', reports: 20, unanswered: 0, lostConnections: 0, fault: undefined },
    { server: 'Oak', reports: 2, lostConnections: 2, fault },
  ])
  t.equal(result.reports, 22)
  t.equal(result.unanswered, result.servers[1]?.unanswered)
  t.ok(result.unanswered >= 8 && result.unanswered <= 10, String(result.unanswered))
  t.equal(clients.uncertain.size, result.unanswered)
  const later = await load.run({ kind: 'open', seconds: 0.05, ratePerSecond: 200 })
  t.match(later.servers, [
    { server: 'Elm', reports: 5 },
    { server: 'Oak', reports: 0, unanswered: 0, lostConnections: 2, fault },
  ])
})

t.test('questions that were lost leave no client uncertain', async (t) => {
  const { target: elm, next } = await target(t)
  const clients = simulatedClients(10)
  const load = loadOn(t, [elm], { clients, connections: 2, depth: 4, questionPercent: 100 })
  void answerAll(await next())
  const peer = await next()
  await load.connected()
  const running = load.run({ kind: 'requests', count: 20 })
  await peer.read()
  peer.end()
  const { unanswered, questions } = await running
  t.equal(questions, 10)
  t.equal(unanswered, 4)
  t.equal(clients.uncertain.size, 0)
})

t.test('each request may have a connection of its own', async (t) => {
  const { target: elm, next } = await target(t)
  const load = loadOn(t, [elm], { questionPercent: 50, connections: 1, mode: 'one-shot' })
  const halfClosed: boolean[] = []
  const serving = (async () => {
    for (let request = 0; request < 21; request += 1) {
      const peer = await next()
      const line = await peer.read()
      // Some servers answer only at the end of what the client sends.
      t.equal(await peer.closed, '')
      halfClosed.push(true)
      peer.write(answerTo(line))
      // And some do not close, even then.
      if (request % 2 === 0) peer.end()
    }
  })()
  await load.connected()
  t.match(await load.run({ kind: 'introduction' }), { reports: 10 })
  const { reports, questions, unanswered } = await load.run({ kind: 'requests', count: 10 })
  t.match({ all: reports + questions, unanswered }, { all: 10, unanswered: 0 })
  const failing = load.run({ kind: 'requests', count: 1 })
  await serving
  await failing
  const closing = load.run({ kind: 'requests', count: 1 })
  const last = await next()
  last.end()
  await t.rejects(closing, { message: 'Elm closed the connection before it answered' })
})

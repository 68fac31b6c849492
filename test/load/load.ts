import t from 'tap'
import { emptyServerResult, recordLatency } from '../../src/load/phase-result.js'
import { simulatedClients, newestOf } from '../fixtures/clients.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import type { Peer } from '../fixtures/peer.js'
import { SlowPath } from '../fixtures/slow-path.js'
import { answerAll, answerTo, loadOn, target, trickle } from '../fixtures/targets.js'

t.test(
  'each client reports once first, spread over connections and servers, and the herd holds the last reports',
  async (t) => {
    const herd = await TestHerd.start(t, {
      topology: anyPorts({ servers: ['Elm', 'Oak'], links: [['Elm', 'Oak']] }),
    })
    const targets = ['Elm', 'Oak'].map((name) => ({
      name,
      address: { host: '127.0.0.1', port: herd.port(name) },
    }))
    const clients = simulatedClients(101)
    const load = loadOn(t, targets, { clients, connections: 4, depth: 3 })
    await load.connected()
    t.equal(load.progress, 0)
    const introduced = await load.run({ kind: 'introduction' })
    t.match(introduced, { reports: 101, questions: 0, refusedReports: 0, unsent: 0 })
    t.equal(load.progress, 1)
    t.ok(clients.newest.every((time) => time > 0))
    const heard = (name: string): string[] =>
      herd.logs
        .get(name)
        ?.entries.flatMap((entry) =>
          entry.kind === 'in' && entry.line.startsWith('IAMAT') ? [entry.line] : [],
        ) ?? []
    t.equal(heard('Elm').length, 51)
    t.equal(heard('Oak').length, 50)
    const { reports, refusedReports, reportTimes, startedAt, endedAt } = await load.run({
      kind: 'requests',
      count: 1_000,
    })
    t.match({ reports, refusedReports }, { reports: 1_000, refusedReports: 0 })
    t.equal(load.progress, 1)
    t.equal(reportTimes.count, 1_000)
    t.ok(endedAt > startedAt && reportTimes.min >= 1 && reportTimes.max / 1_000 <= endedAt - startedAt + 1)
    const lines = new Set([...heard('Elm'), ...heard('Oak')])
    for (let client = 0; client < clients.size; client += 1) t.ok(lines.has(newestOf(clients, client)))
  },
)

t.test('a client uses one connection unless it roams', async (t) => {
  for (const roams of [false, true]) {
    const { target: elm, next } = await target(t)
    const load = loadOn(t, [elm], { clients: simulatedClients(7), connections: 3, depth: 2, roams })
    const peers = [await next(), await next(), await next()]
    const said = peers.map(() => new Set<string>())
    peers.forEach(
      (peer, index) =>
        void answerAll(peer, (line) => {
          said[index]?.add(line.split(' ')[1] ?? '')
          return answerTo(line)
        }),
    )
    await load.connected()
    await load.run({ kind: 'introduction' })
    await load.run({ kind: 'requests', count: 300 })
    t.same(said.map(({ size }) => size).sort(), roams ? [7, 7, 7] : [2, 2, 3])
  }
})

t.test('more connections than clients', async (t) => {
  const { target: elm, next } = await target(t)
  const load = loadOn(t, [elm], { clients: simulatedClients(2), connections: 3 })
  for (let connection = 0; connection < 3; connection += 1) void answerAll(await next())
  await load.connected()
  t.match(await load.run({ kind: 'introduction' }), { reports: 2 })
  t.match(await load.run({ kind: 'requests', count: 2 }), { reports: 2 })
})

t.test('replies to reports and questions are counted apart, wherever they are cut', async (t) => {
  const { target: elm, next } = await target(t)
  const slow = await SlowPath.to(elm.address)
  t.teardown(() => {
    slow.close()
  })
  for (const address of [elm.address, slow.address]) {
    const load = loadOn(t, [{ name: 'Elm', address }], { questionPercent: 50, depth: 5 })
    const asked = { IAMAT: 0, WHATSAT: 0 }
    const answering = next().then((peer) =>
      answerAll(peer, (line) => {
        asked[line.startsWith('IAMAT') ? 'IAMAT' : 'WHATSAT'] += 1
        return answerTo(line)
      }),
    )
    await load.connected()
    const { reports, questions, refusedQuestions, questionTimes } = await load.run({
      kind: 'requests',
      count: 60,
    })
    t.same(
      { reports, questions, refusedQuestions },
      { reports: asked.IAMAT, questions: asked.WHATSAT, refusedQuestions: 0 },
    )
    t.ok(reports > 10 && questions > 10)
    t.equal(questionTimes.count, questions)
    load.close()
    await answering
  }
})

t.test('replies may arrive byte by byte', async (t) => {
  const { target: elm, next } = await target(t)
  const load = loadOn(t, [elm], { questionPercent: 50, depth: 4 })
  const peer = await next()
  await load.connected()
  const run = load.run({ kind: 'requests', count: 12 })
  for (let line = 0; line < 12; line += 1) await trickle(peer, answerTo(await peer.read()))
  const { reports, questions, refusedReports } = await run
  t.same({ all: reports + questions, refusedReports }, { all: 12, refusedReports: 0 })
})

t.test('refused reports and questions are counted', async (t) => {
  const { target: elm, next } = await target(t)
  const clients = simulatedClients(10)
  const load = loadOn(t, [elm], { clients, questionPercent: 50, depth: 8 })
  void answerAll(await next(), (line) => `? ${line}`)
  await load.connected()
  const { reports, questions, refusedReports, refusedQuestions } = await load.run({
    kind: 'requests',
    count: 100,
  })
  t.equal(reports + questions, 100)
  t.same([refusedReports, refusedQuestions], [reports, questions])
  t.ok(reports > 10 && questions > 10)
  t.ok(clients.uncertain.size > 5, 'what the server holds of them is not known')
})

t.test('no more requests than the depth are in flight, and they leave in one write', async (t) => {
  const { target: elm, next } = await target(t)
  const load = loadOn(t, [elm], { depth: 16 })
  const peer = await next()
  await load.connected()
  const run = load.run({ kind: 'requests', count: 200 })
  let left = 200
  while (left > 0) {
    const lines: string[] = []
    for (let line = 0; line < Math.min(16, left); line += 1) lines.push(await peer.read())
    t.equal(peer.unread, '', 'then it waits for replies')
    peer.write(lines.map(answerTo).join(''))
    left -= lines.length
  }
  t.match(await run, { reports: 200 })
})

t.test('a closed loop lasts the given seconds', async (t) => {
  const { target: elm, next } = await target(t)
  const load = loadOn(t, [elm], { connections: 2, depth: 4 })
  void answerAll(await next())
  void answerAll(await next())
  await load.connected()
  const run = load.run({ kind: 'closed', seconds: 0.1 })
  t.ok(load.progress < 1)
  const { reports, unsent, startedAt, endedAt } = await run
  t.equal(load.progress, 1)
  t.ok(reports > 0 && endedAt - startedAt > 50)
  t.equal(unsent, 0)
})

t.test('in an open loop, latency counts from when a request was due', async (t) => {
  const { target: elm, next } = await target(t)
  const load = loadOn(t, [elm], { depth: 1 })
  const peer = await next()
  await load.connected()
  const run = load.run({ kind: 'open', seconds: 1, ratePerSecond: 200 })
  const first = await peer.read()
  // The server stalls for half of the time, with one request in flight. A closed loop would see one slow reply.
  await new Promise((resolve) => setTimeout(resolve, 500))
  peer.write(answerTo(first))
  void answerAll(peer)
  const { reports, unsent, reportTimes } = await run
  t.equal(reports + unsent, 200)
  t.ok(reports > 1)
  // The requests of the first 200 ms, at least a fifth of all, waited for more than 250 ms.
  t.ok(reportTimes.percentile(80) > 250_000, `80 % within ${reportTimes.percentile(80)} µs`)
})

t.test('requests that were due but not sent are counted', async (t) => {
  const { target: elm, next } = await target(t)
  const load = loadOn(t, [elm], { connections: 2, depth: 2 })
  const peers: Peer[] = [await next(), await next()]
  await load.connected()
  const run = load.run({ kind: 'open', seconds: 0.1, ratePerSecond: 100 })
  const lines = await Promise.all(peers.map(async (peer) => [await peer.read(), await peer.read()]))
  await new Promise((resolve) => setTimeout(resolve, 200))
  peers.forEach((peer, index) => {
    peer.write(lines[index]?.map(answerTo).join('') ?? '')
  })
  t.match(await run, { reports: 4, unsent: 6 })
})

t.test('an open loop sends requests when they are due, and not before', async (t) => {
  const { target: elm, next } = await target(t)
  const load = loadOn(t, [elm], { connections: 2, depth: 50 })
  void answerAll(await next())
  void answerAll(await next())
  await load.connected()
  const { reports, unsent, startedAt, endedAt } = await load.run({
    kind: 'open',
    seconds: 0.2,
    ratePerSecond: 100,
  })
  t.equal(reports + unsent, 20)
  t.ok(
    reports === 1 || endedAt - startedAt >= (reports - 1) * 10 - 1,
    `${reports} in ${endedAt - startedAt} ms`,
  )
})

t.test('a latency below a microsecond is recorded', async (t) => {
  const { reportTimes } = emptyServerResult('Elm')
  recordLatency(reportTimes, 0)
  t.equal(reportTimes.max, 1)
})

import t, { type Test } from 'tap'
import { freePorts } from '../fixtures/files.js'
import { EntriesLog, anyPorts, CAFE, TestHerd } from '../fixtures/herd.js'
import { Peer, PeerListener } from '../fixtures/peer.js'
import { CLASSIC } from '../fixtures/topologies.js'
import { parseTopology } from '../../src/topology/topology.js'

/** Ten times the target of 0.3 s. */
const RELINKED_WITHIN_MS = 3_000

const OTHERS = ['Juzang', 'Bernard', 'Jaquez', 'Johnson']

/** Asks a server until it answers with a given `AT` line: flooding takes some time. */
async function untilAnswered(herd: TestHerd, server: string, client: string, line: string): Promise<void> {
  const peer = await Peer.connect(herd.port(server))
  for (;;) {
    peer.write(`WHATSAT ${client} 1 1\n`)
    const first = await peer.read()
    if (!first.startsWith('? ')) await peer.read('\n\n')
    if (first === `${line}\n`) break
  }
  peer.destroy()
}

t.test('a report to one server reaches all, with the name and skew of that server', async (t) => {
  const herd = await TestHerd.start(t)
  const at = await herd.ask('Clark', 'IAMAT kiwi +34-118 1621464828\n')
  t.equal(at, 'AT Clark +0.223371889 kiwi +34-118 1621464828\n')
  for (const server of OTHERS) await untilAnswered(herd, server, 'kiwi', at.trimEnd())
  const later = await herd.ask('Johnson', 'IAMAT kiwi +35-119 1621464829\n')
  for (const server of CLASSIC.servers) await untilAnswered(herd, server, 'kiwi', later.trimEnd())
  t.equal(later, 'AT Johnson -0.776628111 kiwi +35-119 1621464829\n')
})

t.test('a client that has its reply can ask a neighbour at once', async (t) => {
  const herd = await TestHerd.start(t)
  const [clark, jaquez] = [await herd.client(t, 'Clark'), await herd.client(t, 'Jaquez')]
  for (let time = 1; time <= 200; time += 1) {
    clark.write(`IAMAT kiwi +34-118 ${time}\n`)
    const at = await clark.read()
    jaquez.write('WHATSAT kiwi 1 1\n')
    t.equal(await jaquez.read('\n\n'), `${at}${CAFE}\n\n`)
  }
})

t.test('a report crosses each link at most once each way, and is not echoed', async (t) => {
  const herd = await TestHerd.start(t)
  const at = (await herd.ask('Clark', 'IAMAT kiwi +34-118 5\n')).trimEnd()
  await herd.ask('Clark', 'IAMAT kiwi +34-118 4\n')
  for (const server of OTHERS) await untilAnswered(herd, server, 'kiwi', at)
  await herd.herd.stopAll()
  const sent = [...herd.logs.values()].flatMap(({ entries }) =>
    entries.filter(
      (entry) => entry.kind === 'out' && entry.peer === 'neighbour' && entry.line.startsWith('AT '),
    ),
  )
  t.ok(sent.length >= 4 && sent.length <= 8, `${sent.length} messages`)
})

t.test('of two reports with the same time, all servers keep the same one, in either order', async (t) => {
  const herd = await TestHerd.start(t)
  const [a, b] = await Promise.all([
    herd.ask('Clark', 'IAMAT kiwi +1+1 5\n'),
    herd.ask('Johnson', 'IAMAT kiwi +2+2 5\n'),
  ])
  t.match([a, b], [/^AT Clark/, /^AT Johnson/])
  for (const server of CLASSIC.servers) await untilAnswered(herd, server, 'kiwi', b.trimEnd())
})

t.test(
  'a server that was away learns what it has missed, and the others do without it meanwhile',
  async (t) => {
    const topology = await freePorts(CLASSIC)
    const rest = await TestHerd.start(t, {
      topology,
      names: ['Clark', 'Jaquez', 'Juzang', 'Johnson'],
    })
    const at = (await rest.ask('Clark', 'IAMAT kiwi +34-118 5\n')).trimEnd()
    await untilAnswered(rest, 'Johnson', 'kiwi', at)
    const startedAt = performance.now()
    const back = await TestHerd.start(t, { topology, names: ['Bernard'] })
    await untilAnswered(back, 'Bernard', 'kiwi', at)
    t.ok(performance.now() - startedAt < RELINKED_WITHIN_MS, 'because the server that starts dials')
    const last = (await back.ask('Bernard', 'IAMAT kiwi +35-118 6\n')).trimEnd()
    await untilAnswered(rest, 'Clark', 'kiwi', last)
  },
)

const pair = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })

t.test(
  'a classic neighbour that dials for each report is accepted, and is sent the others when it listens again',
  async (t) => {
    const oak = await PeerListener.listen()
    const { port } = oak
    oak.close()
    const servers = { Clark: { host: '127.0.0.1', port: 0 }, Oak: { host: '127.0.0.1', port } }
    const topology = parseTopology(JSON.stringify({ servers, links: pair.links }), 'test')
    const herd = await TestHerd.start(t, { topology, names: ['Clark'], random: () => 1 })
    await herd.ask('Clark', 'IAMAT lime +1+1 1621464828\n')
    const returned = await PeerListener.listen(port)
    t.teardown(() => {
      returned.close()
    })
    t.equal(await herd.ask('Clark', 'AT Oak +0.5 kiwi +34-118 7\n'), '')
    const greeting = await returned.next()
    t.match(await greeting.read(), /^LINK/)
    greeting.write('? LINK\n')
    const sent = await returned.next()
    t.equal(await sent.closed, 'AT Clark +0.223371889 lime +1+1 1621464828\n')
  },
)

t.test('malformed lines from a neighbour are logged and not answered', async (t) => {
  const herd = await TestHerd.start(t, { topology: pair, names: ['Clark'] })
  const oak = await herd.linkFrom(t, 'Oak', 'Clark')
  oak.write('FOO\nAT\nIAMAT kiwi +1+1 1\nWHATSAT kiwi 1 1\nDIGEST 7 7\nPING\n')
  oak.write(`${'x'.repeat(2_000_000)}\nAT Oak +0.5 kiwi +34-118 7\n`)
  await untilAnswered(herd, 'Clark', 'kiwi', 'AT Oak +0.5 kiwi +34-118 7')
  await herd.ask('Clark', 'IAMAT lime +1+1 1621464828\n')
  t.equal(await oak.read(), 'DIGEST 0000000000000000 0\n')
  t.equal(
    await oak.read(),
    'AT Clark +0.223371889 lime +1+1 1621464828\n',
    'the next line it receives is a new report',
  )
  const refused = herd.logs
    .get('Clark')
    ?.entries.filter((entry) => entry.kind === 'refused' && entry.who === 'Oak')
  t.match(
    refused?.map((entry) => 'line' in entry && entry.line.slice(0, 10)),
    ['FOO', 'AT', 'IAMAT kiwi', 'WHATSAT ki', 'DIGEST 7 7', 'xxxxxxxxxx'],
  )
})

t.test('a neighbour that was treated as classic because it was slow compares digests later', async (t) => {
  const oak = await PeerListener.listen()
  t.teardown(() => {
    oak.close()
  })
  const servers = { Clark: { host: '127.0.0.1', port: 0 }, Oak: { host: '127.0.0.1', port: oak.port } }
  const topology = parseTopology(JSON.stringify({ servers, links: pair.links }), 'test')
  const herd = await TestHerd.start(t, { topology, names: ['Clark'] })
  await herd.ask('Clark', 'IAMAT lime +1+1 1621464828\n')
  const link = await oak.next()
  link.skipsHeartbeats = true
  t.match(await link.read(), /^LINK/)
  const plain = await oak.next()
  t.match(await plain.closed, /^AT Clark \S+ lime/, 'after a while it is served as a classic neighbour')
  link.write('LINK 1 Oak Clark 1 0a1b2c3d\n')
  t.match(await link.read(), /^FEATURES /)
  t.match(await link.read(), /^DIGEST [0-9a-f]{16} 1\n$/)
})

t.test('linked servers find the differences, exchange only those, and compare again', async (t) => {
  const clark = await TestHerd.start(t, { topology: pair, names: ['Clark'] })
  const oak = await TestHerd.start(t, { topology: pair, names: ['Oak'] })
  const shared = 'AT Elm +0.5 lime +1+1 1621464828\n'
  await clark.ask('Clark', `${shared}AT Elm +0.5 fig +1+1 1621464828\n`)
  await oak.ask('Oak', `${shared}AT Elm -1.5 yuzu +1+1 7\n`)
  const [toClark, toOak] = [await clark.linkFrom(t, 'Oak', 'Clark'), await oak.linkFrom(t, 'Clark', 'Oak')]
  // A proxy between the two shows the traffic until one of them, whichever compares first, sends the digest of all three reports.
  const sent: string[] = []
  const pass = async (from: Peer, to: Peer): Promise<void> => {
    while (sent.length < 3 || !sent.some((line) => line.endsWith(' 3\n'))) {
      const line = await from.read()
      sent.push(line)
      to.write(line)
    }
  }
  await Promise.race([pass(toClark, toOak), pass(toOak, toClark)])
  const digest = sent.find((line) => line.endsWith(' 3\n'))?.split(' ')[1] ?? ''
  t.match(digest, /^[0-9a-f]{16}$/)
  t.match(await clark.ask('Clark', 'STATUS proxyherd\n'), `"clients":3,"digest":"${digest}"`)
  t.match(await oak.ask('Oak', 'STATUS proxyherd\n'), `"clients":3,"digest":"${digest}"`)
  t.same(sent.filter((line) => /^(?:LATE )?AT /.test(line)).sort(), [
    'LATE AT Elm +0.5 fig +1+1 1621464828\n',
    'LATE AT Elm -1.5 yuzu +1+1 7\n',
  ])
})

// More than the socket buffers of both sides hold.
const CLIENTS = 16_000
const PADDING = 'x'.repeat(1_000)

/** Starts Clark, linked to an Oak that does not read, while each of many clients reports `rounds` times. Also returns the last report. */
async function stalled(t: Test, rounds: number): Promise<{ herd: TestHerd; oak: Peer; last: string }> {
  const herd = await TestHerd.start(t, { topology: pair, names: ['Clark'] })
  const oak = await herd.linkFrom(t, 'Oak', 'Clark')
  oak.socket.pause()
  // Oak does not read, but it sends heartbeats.
  const beating = setInterval(() => {
    oak.write('PING\n')
  }, 500)
  t.teardown(() => {
    clearInterval(beating)
  })
  const client = await herd.client(t, 'Clark')
  let last = ''
  for (let round = 1; round <= rounds; round += 1) {
    for (let id = 0; id < CLIENTS; id += 1) client.write(`IAMAT ${id}${PADDING} +1+1 ${round}\n`)
    for (let id = 0; id < CLIENTS; id += 1) last = await client.read()
  }
  return { herd, oak, last }
}

t.test(
  'a neighbour that does not read delays nobody, and gets the newest of each client when it does',
  async (t) => {
    const { oak, last } = await stalled(t, 2)
    oak.socket.resume()
    let received = 1
    while ((await oak.read()) !== last) received += 1
    t.ok(received >= CLIENTS && received < 2 * CLIENTS, `${received} of ${2 * CLIENTS} reports were sent`)
  },
)

t.test('a server that stops does not wait long for a neighbour that does not read', async (t) => {
  const { herd, oak } = await stalled(t, 1)
  await herd.herd.stopAll(20)
  oak.socket.resume()
  await oak.closed
  t.match(herd.logs.get('Clark')?.entries.at(-1), { kind: 'server', what: 'stopped' })
})

t.test('when one server of a herd cannot start, none is left running', async (t) => {
  const taken = await PeerListener.listen()
  t.teardown(() => {
    taken.close()
  })
  const servers = { Clark: { host: '127.0.0.1', port: 0 }, Oak: { host: '127.0.0.1', port: taken.port } }
  const topology = parseTopology(JSON.stringify({ servers, links: [] }), 'test')
  await t.rejects(TestHerd.start(t, { topology }), {
    message: `port ${taken.port} is taken, so Oak cannot listen`,
    hint: `see who holds it with "lsof -i :${taken.port}", or give Oak another port in a topology file (--topology)`,
  })
})

t.test('a server that cannot listen says why', async (t) => {
  const elsewhere = { Oak: { host: '192.0.2.1', port: 80 } }
  const topology = parseTopology(JSON.stringify({ servers: elsewhere, links: [] }), 'test')
  await t.rejects(TestHerd.start(t, { topology }), {
    message: 'Oak cannot listen on 192.0.2.1:80: this machine does not have that address',
    hint: 'in topology.json, give Oak an address of this machine and a free port',
  })
})

t.test('with logging of lines off, only errors are logged', async (t) => {
  class Quiet extends EntriesLog {
    override peer(): undefined {
      return undefined
    }
  }
  const log = new Quiet()
  const herd = await TestHerd.start(t, { log })
  t.match(await herd.ask('Clark', 'IAMAT kiwi +34-118 5\nWHATSAT kiwi 1 1\nFOO\n'), /^AT Clark [^]*\? FOO\n$/)
  t.match(await herd.ask('Bernard', 'WHATSAT kiwi 1 1\n'), /^AT Clark/)
  t.same(
    log.entries
      .map(({ kind }) => kind)
      .filter((kind) => kind === 'in' || kind === 'out' || kind === 'refused'),
    ['refused'],
  )
})

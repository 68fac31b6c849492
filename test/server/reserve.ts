import { once } from 'node:events'
import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import { connectWithKeys } from '../../src/net/tls.js'
import { addressOf, parseTopology, type Topology } from '../../src/topology/topology.js'
import { selfSigned } from '../fixtures/certificate.js'
import { freePorts } from '../fixtures/files.js'
import { anyPorts, TestHerd, type TestHerdOptions } from '../fixtures/herd.js'
import { untilIdle } from '../fixtures/connection-end.js'
import { Peer } from '../fixtures/peer.js'

const PAIR = { servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] } as const
const SLOTS = { clients: 2, reserved: 2 }
const keys = parseHerdKeys(newHerdKey(), 'herd.key')
const AT_KIWI = 'AT Clark +1621464823.223371889 kiwi +34-118 5'

/** Starts Clark, a neighbour of Oak, and takes all its client slots. */
async function full(t: Test, options: TestHerdOptions = {}): Promise<{ clark: TestHerd; clients: Peer[] }> {
  const topology = options.topology ?? anyPorts(PAIR)
  const clark = await TestHerd.start(t, { slots: SLOTS, ...options, topology, names: ['Clark'] })
  const clients = [await clark.client(t, 'Clark'), await clark.client(t, 'Clark')]
  for (const client of clients) await serves(t, client)
  clark.logs.get('Clark')?.entries.splice(0)
  return { clark, clients }
}

async function serves(t: Test, client: Peer): Promise<void> {
  client.write('FOO\n')
  t.equal(await client.read(), '? FOO\n')
}

/** The connection entries of Clark's log, after all closed connections are logged. */
async function connections(clark: TestHerd): Promise<string[]> {
  await untilIdle()
  const entries = clark.logs.get('Clark')?.entries ?? []
  return entries.flatMap((entry) =>
    entry.kind === 'client' ? [entry.what + ('why' in entry ? `: ${entry.why}` : '')] : [],
  )
}

const EVICTED = 'there were too many connections, and it had been silent longest'

/** A connection that has shown the herd key. */
async function secured(t: Test, clark: TestHerd): Promise<Peer> {
  const socket = connectWithKeys({ host: '127.0.0.1', port: clark.port('Clark') }, keys)
  await once(socket, 'secureConnect')
  t.teardown(() => socket.destroy())
  return new Peer(socket)
}

/** Starts Oak, and resolves when it is linked to Clark. */
async function linked(t: Test, topology: Topology, herdKeys?: HerdKeys): Promise<TestHerd> {
  let up: () => void = () => undefined
  const isUp = new Promise<void>((resolve) => (up = resolve))
  const oak = await TestHerd.start(t, {
    topology,
    names: ['Oak'],
    security: herdKeys ? { keys: herdKeys } : {},
    onLink: ({ what }) => {
      if (what === 'up') up()
    },
  })
  await isUp
  return oak
}

t.test('a neighbour links to a server whose client slots are full, and takes none of them', async (t) => {
  for (const herdKeys of [undefined, keys]) {
    const topology = await freePorts(PAIR)
    const { clark, clients } = await full(t, { topology, security: herdKeys ? { keys: herdKeys } : {} })
    const oak = await linked(t, topology, herdKeys)
    for (const client of clients) await serves(t, client)
    await oak.ask('Oak', 'IAMAT kiwi +34-118 5\n')
    let reply = ''
    while (!reply.startsWith('AT Oak')) {
      clients[0]?.write('WHATSAT kiwi 1 0\n')
      reply = (await clients[0]?.read()) ?? ''
      if (reply.startsWith('AT')) await clients[0]?.read('\n\n')
    }
    await Promise.all([clark.herd.stopAll(), oak.herd.stopAll()])
  }
})

t.test('a link does not count as a client', async (t) => {
  const topology = await freePorts(PAIR)
  const clark = await TestHerd.start(t, { slots: SLOTS, topology, names: ['Clark'] })
  await linked(t, topology)
  const clients = [await clark.client(t, 'Clark'), await clark.client(t, 'Clark')]
  for (const client of clients) await serves(t, client)
})

t.test('a released slot is taken by the next client', async (t) => {
  const { clark, clients } = await full(t)
  clients[0]?.end()
  await clients[0]?.closed
  let reply = ''
  while (reply === '') reply = await clark.ask('Clark', 'FOO\n')
  t.equal(reply, '? FOO\n')
})

t.test(
  'a client that comes to a full server gets the slot of the client that has been silent longest',
  async (t) => {
    const { clark, clients } = await full(t)
    t.equal(await clark.ask('Clark', 'IAMAT kiwi +34-118 5\n'), `${AT_KIWI}\n`)
    t.equal(await clients[0]?.closed, '')
    t.same(await connections(clark), ['connected', `closed: ${EVICTED}`, 'closed'])
    for (const line of [
      'IAMAT kiwi +1+1 4',
      'AT Oak +0.5 kiwi +34-118 4',
      'PING',
      '',
      'LINK',
      'GET / HTTP/1.1',
    ])
      t.not(await clark.ask('Clark', `${line}\nFOO\n`), '', 'whatever it sends')
    await serves(t, clients[1] as Peer)
  },
)

t.test('a full server answers STATUS, and closes no connection for that', async (t) => {
  for (const herdKeys of [undefined, keys]) {
    const { clark, clients } = await full(t, { security: herdKeys ? { keys: herdKeys } : {} })
    const peer = herdKeys ? await secured(t, clark) : await clark.client(t, 'Clark')
    for (let asked = 0; asked < 2; asked += 1) {
      peer.write('STATUS proxyherd\n')
      t.match(await peer.read(), /^STATUS \{/)
    }
    for (const client of clients) await serves(t, client)
    peer.write('LINK 1 Oak Clark 1 0a1b2c3d\n')
    t.equal(await peer.read(), '? LINK 1 Oak Clark 1 0a1b2c3d\n', 'a link begins with its greeting')
    t.equal(await clients[0]?.closed, '', 'so it is a client')
  }
})

t.test('a connection that cannot become a link gets no reserved slot', async (t) => {
  const certificate = await selfSigned()
  await t.test('a client without the herd key', async (t) => {
    const { clark, clients } = await full(t, { security: { keys, certificate } })
    t.equal(await clark.ask('Clark', 'STATUS proxyherd\n'), '? STATUS proxyherd\n')
    t.equal(await clients[0]?.closed, '')
  })
  await t.test('a host that is not a neighbour', async (t) => {
    const servers = { Clark: { host: '0.0.0.0', port: 0 }, Oak: { host: '192.0.2.7', port: 1 } }
    const topology = parseTopology(JSON.stringify({ servers, links: [['Clark', 'Oak']] }), 'test')
    const { clark, clients } = await full(t, { topology })
    await clark.client(t, 'Clark')
    t.equal(await clients[0]?.closed, '')
  })
})

t.test('silent connections keep neither a neighbour nor a client out', async (t) => {
  for (const herdKeys of [undefined, keys]) {
    const { clark, clients } = await full(t, { security: herdKeys ? { keys: herdKeys } : {} })
    const silent: Peer[] = []
    for (let count = 0; count < 5; count += 1) silent.push(await clark.client(t, 'Clark'))
    for (const peer of [...clients, ...silent.slice(0, 1)]) t.equal(await peer.closed, '')
    const proven = herdKeys ? await secured(t, clark) : await clark.client(t, 'Clark')
    proven.write('LINK 1 Oak Clark 1 0a1b2c3d\n')
    t.match(await proven.read(), /^LINK 1 Clark Oak /)
    t.equal(await silent[1]?.closed, '')
    for (let count = 0; count < 5; count += 1) await clark.client(t, 'Clark')
    for (const peer of silent.slice(2)) t.equal(await peer.closed, '')
    await untilIdle()
    t.equal(proven.socket.destroyed, false, 'but a link is not closed')
    await clark.herd.stopAll()
  }
})

t.test(
  'a connection that has shown the key, but does not greet, is closed like those of clients',
  async (t) => {
    const { clark } = await full(t, { security: { keys } })
    const mute = await secured(t, clark)
    const others = []
    for (let count = 0; count < 4; count += 1) others.push(await secured(t, clark))
    t.equal(await mute.closed, '')
    await untilIdle()
    t.equal(others[0]?.socket.destroyed, false)
  },
)

t.test('connections to a server that loads its reports are limited, too', async (t) => {
  const topology = await freePorts(PAIR)
  const { port } = addressOf(topology, 'Clark')
  const openStore = async (): Promise<never> => {
    const silent: Peer[] = []
    for (let count = 0; count < 5; count += 1) silent.push(await Peer.connect(port))
    t.equal(await silent[0]?.closed, '')
    for (const peer of silent) peer.destroy()
    throw new Error('this was all')
  }
  await t.rejects(TestHerd.start(t, { slots: SLOTS, topology, names: ['Clark'], openStore }), {
    message: 'this was all',
  })
})

import { once } from 'node:events'
import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { connectTlsClient, connectWithKeys } from '../../src/net/tls.js'
import { FOREIGN_ANSWER } from '../../src/protocol/opening.js'
import { selfSigned } from '../fixtures/certificate.js'
import { freePorts } from '../fixtures/files.js'
import { anyPorts, TestHerd, type TestHerdOptions } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'

const certificate = await selfSigned()
const keys = parseHerdKeys(newHerdKey(), 'herd.key')
const REPLY = '? this server accepts TLS only\n'
const NOLINK = 'NOLINK this server accepts TLS only, so links need the herd key\n'

async function alone(t: Test, options: TestHerdOptions = {}): Promise<TestHerd> {
  const topology = anyPorts({ servers: ['Clark'], links: [] })
  return TestHerd.start(t, { topology, security: { certificate, tlsOnly: true }, ...options })
}

function tlsClient(t: Test, herd: TestHerd): Peer {
  const peer = new Peer(connectTlsClient({ host: '127.0.0.1', port: herd.port('Clark') }, certificate.cert))
  t.teardown(() => {
    peer.destroy()
  })
  return peer
}

/** Who was refused, as often as that was logged. */
function refusals(herd: TestHerd): string[] {
  const entries = herd.logs.get('Clark')?.entries ?? []
  return entries.flatMap((entry) => ('what' in entry && entry.what === 'refused' ? [String(entry.why)] : []))
}

t.test(
  'what is sent without TLS is answered once and not carried out, and the connection closes',
  async (t) => {
    const herd = await alone(t)
    const cases: [text: string, answer: string][] = [
      ['IAMAT kiwi +34-118 5\n', REPLY],
      ['IAMAT kiwi +34-118 5\nIAMAT lime +34-118 5\nWHATSAT kiwi 1 1\n', REPLY],
      ['IAMAT kiwi +34-118 5', REPLY],
      ['AT Clark +0.1 kiwi +34-118 5\n', REPLY],
      ['STATUS proxyherd\n', REPLY],
      ['\n', REPLY],
      ['\x10\n', REPLY],
      [`${'x'.repeat(10_000)}\n`, REPLY],
      ['LINK 1 Oak Clark 1 0a1b2c3d\nPING\n', NOLINK],
      ['GET / HTTP/1.1\r\n\r\nIAMAT kiwi +34-118 5\n', FOREIGN_ANSWER],
    ]
    for (const [text, answer] of cases) t.equal(await herd.ask('Clark', text), answer, text.slice(0, 40))
    const slow = await herd.client(t, 'Clark')
    await slow.writeByteByByte('IAMAT kiwi +34-118 5\n')
    t.equal(await slow.closed, REPLY, 'a client that stays connected is answered too')
    slow.destroy()
    t.same(refusals(herd), Array(cases.length + 1).fill('it does not use TLS'))
    const entries = herd.logs.get('Clark')?.entries ?? []
    t.equal(entries.length, refusals(herd).length + 1, 'nothing else is logged but that it listens')
    const client = tlsClient(t, herd)
    client.write('WHATSAT kiwi 1 1\nSTATUS proxyherd\n')
    t.equal(await client.read(), '? WHATSAT kiwi 1 1\n')
    t.match(await client.read(), `"plainRefused":${cases.length + 1}`)
  },
)

t.test(
  'a connection that sends nothing is not counted, and is not waited for when the server stops',
  async (t) => {
    const herd = await alone(t)
    const [mute, silent] = [await herd.client(t, 'Clark'), await herd.client(t, 'Clark')]
    mute.end()
    t.equal(await mute.closed, '')
    const client = tlsClient(t, herd)
    client.write('STATUS proxyherd\n')
    t.match(await client.read(), '"plainRefused":0')
    await herd.herd.stopAll()
    t.equal(await silent.closed, '')
  },
)

t.test('connections without TLS use the slots of clients, and make room for others', async (t) => {
  const herd = await alone(t, { slots: { clients: 1, reserved: 1 } })
  const first = await herd.client(t, 'Clark')
  // Its first byte arrives before those of the second, so it is no longer undecided.
  first.write('I')
  const second = await herd.client(t, 'Clark')
  second.write('I')
  t.equal(await first.closed, '')
  second.write('AMAT kiwi +34-118 5\n')
  t.equal(await second.closed, REPLY)
})

t.test('servers that accept only TLS link with the herd key, and those without it cannot', async (t) => {
  const topology = await freePorts({
    servers: ['Clark', 'Oak', 'Elm'],
    links: [
      ['Clark', 'Oak'],
      ['Clark', 'Elm'],
    ],
  })
  const security = { keys, certificate, tlsOnly: true }
  const news: string[] = []
  let isUp: () => void = () => undefined
  const up = new Promise<void>((resolve) => (isUp = resolve))
  await TestHerd.start(t, { topology, names: ['Clark'], security })
  await TestHerd.start(t, {
    topology,
    names: ['Oak'],
    security,
    onLink: ({ what }) => {
      if (what === 'up') isUp()
    },
  })
  await up
  let isRefused: () => void = () => undefined
  const refused = new Promise<void>((resolve) => (isRefused = resolve))
  await TestHerd.start(t, {
    topology,
    names: ['Elm'],
    onLink: ({ what, why }) => {
      news.push(`${what}: ${why}`)
      isRefused()
    },
  })
  await refused
  t.equal(news[0], `unreachable: it says ${NOLINK.slice('NOLINK '.length, -1)}`)
  const { host, port } = topology.servers.get('Clark') ?? { host: '', port: 0 }
  const socket = connectWithKeys({ host, port }, keys)
  await once(socket, 'secureConnect')
  const peer = new Peer(socket)
  peer.write('STATUS proxyherd\n')
  t.match(await peer.read(), /"plainRefused":[1-9]/)
  peer.destroy()
})

import t from 'tap'
import type { LinkStatus, ServerStatus } from '../../src/protocol/status.js'
import type { ReportStore } from '../../src/server/server-options.js'
import { parseTopology } from '../../src/topology/topology.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'
import { NO_FIGURES } from '../fixtures/store-figures.js'

const PAIR = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })

async function statusOf(herd: TestHerd, name: string): Promise<ServerStatus> {
  const reply = await herd.ask(name, 'STATUS proxyherd\n')
  t.match(reply, /^STATUS \{.*\}\n$/)
  return JSON.parse(reply.slice('STATUS '.length)) as ServerStatus
}

const linkTo = ({ links }: ServerStatus, name: string): LinkStatus | undefined =>
  links.find(({ neighbour }) => neighbour === name)

t.test('STATUS shows a server and its links', async (t) => {
  const herd = await TestHerd.start(t, { clock: () => 1_621_464_828_223_371_889n })
  const before = await statusOf(herd, 'Clark')
  t.match(before, {
    server: 'Clark',
    version: '0.0.0',
    startedAt: '2021-05-19T22:53:48.223Z',
    clients: 0,
    digest: '0000000000000000',
  })
  t.same(before.links.map(({ neighbour }) => neighbour).sort(), ['Jaquez', 'Juzang'])
  const link = linkTo(before, 'Juzang')
  t.match(link, {
    state: 'up',
    kind: 'proxyherd',
    pending: 0,
    lastComparison: { secondsAgo: 0, equal: true },
  })
  if (link?.state !== 'up') throw new Error('the link is down')
  t.ok(link.lastHeardSecondsAgo >= 0)
  t.match(link.upSince, /^2021-05-19T22:5\d:\d\d\.\d{3}Z$/, "by the server's clock")
  await herd.ask('Clark', 'IAMAT kiwi +34-118 5\n')
  const after = await statusOf(herd, 'Clark')
  t.equal(after.clients, 1)
  t.not(after.digest, before.digest)
  const [there, here] = [linkTo(after, 'Juzang'), linkTo(await statusOf(herd, 'Juzang'), 'Clark')]
  t.match(there, { lastComparison: { equal: true }, receivedBytes: 0 })
  t.match(here, { lastComparison: { equal: true }, sentBytes: 0 })
  if (there?.state !== 'up' || here?.state !== 'up') throw new Error('the link is down')
  t.ok(there.sentBytes > 0)
  t.equal(here.receivedBytes, there.sentBytes)
})

t.test('uptimes do not change when the clock is set', async (t) => {
  let now = 1_621_464_828_000_000_000n
  const startedAt = performance.now()
  const herd = await TestHerd.start(t, { topology: PAIR, clock: () => now })
  for (const hours of [0n, 5n, -10n]) {
    now += 3_600_000_000_000n * hours
    const status = await statusOf(herd, 'Clark')
    const [link] = status.links
    if (link?.state !== 'up') throw new Error('the link is down')
    const mostSeconds = (performance.now() - startedAt) / 1_000 + 0.001
    for (const uptime of [status.uptimeSeconds, link.upSeconds])
      t.ok(uptime >= 0 && uptime <= mostSeconds, `${uptime} of ${mostSeconds}`)
    t.equal(status.startedAt, '2021-05-19T22:53:48.000Z')
    const upSince = Number(now / 1_000_000n) - 1_000 * link.upSeconds
    t.ok(Math.abs(Date.parse(link.upSince) - upSince) <= 1, 'as the clock shows it now')
  }
})

t.test('STATUS shows how reports are kept', async (t) => {
  const topology = PAIR
  const status = { unsaved: 2, fault: undefined as string | undefined, lost: 3 }
  const store = {
    flush: () => undefined,
    committed: () => Promise.resolve(true),
    close: () => Promise.resolve(0),
    status,
    figures: NO_FIGURES,
  }
  const openStore = (): Promise<ReportStore> => Promise.resolve(store)
  const alone = await TestHerd.start(t, { topology, names: ['Clark'], openStore })
  const storeOf = async (herd: TestHerd): Promise<unknown> => (await statusOf(herd, 'Clark')).store
  t.same(await storeOf(alone), { durability: 'second', unsaved: 2, lost: 3 })
  status.fault = 'the disk is full'
  t.same(await storeOf(alone), { durability: 'memory', unsaved: 2, lost: 3, fault: 'the disk is full' })
  await alone.herd.stopAll()
  status.fault = undefined
  const both = await TestHerd.start(t, { topology, openStore, commitsFirst: true })
  t.same(
    await storeOf(both),
    { durability: 'commit', unsaved: 2, lost: 0 },
    'its neighbour has an equal table',
  )
  await both.herd.stop('Oak')
  t.same(await storeOf(both), { durability: 'commit', unsaved: 2, lost: 0 }, 'and had one before')
  const none = await TestHerd.start(t, { topology, names: ['Clark'] })
  t.same(await storeOf(none), { durability: 'memory', unsaved: 0, lost: 0 })
})

t.test('STATUS shows a link that is down and a link to a classic server', async (t) => {
  const topology = anyPorts({
    servers: ['Clark', 'Oak', 'Elm'],
    links: [
      ['Clark', 'Oak'],
      ['Clark', 'Elm'],
    ],
  })
  const herd = await TestHerd.start(t, { topology, names: ['Clark'] })
  const oak = await herd.linkFrom(t, 'Oak', 'Clark')
  const status = await statusOf(herd, 'Clark')
  t.match(linkTo(status, 'Oak'), { state: 'up', lastComparison: null })
  t.notOk('clockOffsetMs' in (linkTo(status, 'Oak') ?? {}), 'nothing is measured yet')
  // The clock of the herd shows …828.223371 for ever.
  oak.write(`PONG ${Math.floor(performance.now())} 1621464831223371\n`)
  oak.write('PING 17\n')
  oak.skipsHeartbeats = false
  while (!(await oak.read()).startsWith('PONG 17'));
  const measured = linkTo(await statusOf(herd, 'Clark'), 'Oak')
  if (measured?.state !== 'up') throw new Error('the link is down')
  t.ok(Number(measured.roundTripMs) >= 0)
  t.ok(Number(measured.clockOffsetMs) >= 3_000, `${measured.clockOffsetMs}`)
  t.same(linkTo(status, 'Elm'), { neighbour: 'Elm', state: 'down' })
  oak.write(`DIGEST ${status.digest} 0\nPING\n`)
  let link = linkTo(status, 'Oak')
  while (link?.state === 'up' && !link.lastComparison) link = linkTo(await statusOf(herd, 'Clark'), 'Oak')
  if (link?.state !== 'up' || !link.lastComparison) throw new Error('the link is down')
  t.equal(link.lastComparison.equal, true)
  t.ok(link.lastComparison.secondsAgo >= 0)
})

t.test('STATUS shows no sync state for a classic neighbour', async (t) => {
  const oak = await PeerListener.listen()
  t.teardown(() => {
    oak.close()
  })
  const servers = { Clark: { host: '127.0.0.1', port: 0 }, Oak: { host: '127.0.0.1', port: oak.port } }
  const topology = parseTopology(JSON.stringify({ servers, links: [['Clark', 'Oak']] }), 'test')
  const herd = await TestHerd.start(t, { topology, names: ['Clark'] })
  const link = await oak.next()
  link.write(`? ${await link.read()}`)
  await herd.ask('Clark', 'IAMAT kiwi +34-118 5\n')
  const sent = await oak.next()
  await sent.closed
  sent.end()
  t.match(linkTo(await statusOf(herd, 'Clark'), 'Oak'), {
    state: 'up',
    kind: 'plain',
    lastComparison: null,
    dialect: 'plain',
    unreadLines: 0,
  })
})

t.test('STATUS names the newest reports of some clients, byte by byte', async (t) => {
  const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }) })
  const reply = await herd.ask('Clark', 'IAMAT ki\xffwi +1+1 5\nIAMAT l"\x01 +1+1 6\n')
  const lines = reply.trimEnd().split('\n')
  const sampleOf = async (request: string): Promise<unknown> => {
    const [, json = ''] = /^STATUS (.*)\n$/.exec(await herd.ask('Clark', `${request}\n`)) ?? []
    return (JSON.parse(json) as ServerStatus).sample
  }
  t.same(await sampleOf('STATUS proxyherd 9'), lines)
  t.same(await sampleOf('STATUS proxyherd 1'), lines.slice(0, 1))
  t.same(await sampleOf('STATUS proxyherd'), undefined)
})

t.test('STATUS with further fields is refused', async (t) => {
  const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }) })
  for (const line of ['STATUS', 'STATUS Clark', 'STATUS proxyherd now', 'STATUS proxyherd 101'])
    t.equal(await herd.ask('Clark', `${line}\n`), `? ${line}\n`)
})

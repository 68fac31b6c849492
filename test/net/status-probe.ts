import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { StatusProbe, type StatusAnswer, type StatusProbeOptions } from '../../src/net/status-probe.js'
import { formatStatus } from '../../src/protocol/status.js'
import { freePorts } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'
import { DIGEST, standing, upLink } from '../fixtures/status.js'

const ALONE = { servers: ['Clark'], links: [] }

/** Opens a probe of Clark on a loopback port, until the test ends. */
function openProbe(t: Test, port: number, more: Partial<StatusProbeOptions> = {}): StatusProbe {
  const address = { host: '127.0.0.1', port }
  const probe = new StatusProbe({ server: 'Clark', address, timeoutMs: 10_000, ...more })
  t.teardown(() => {
    probe.close()
  })
  return probe
}

async function listen(t: Test): Promise<PeerListener> {
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  return listener
}

t.test('a server reports its status repeatedly over one connection', async (t) => {
  const listener = await listen(t)
  const probe = openProbe(t, listener.port)
  const first = probe.ask()
  const peer = await listener.next()
  const links = [
    upLink('Oak'),
    upLink('Elm', {
      kind: 'plain',
      lastComparison: null,
      dialect: 'AT {client} {position} {time}',
      unreadLines: 2,
    }),
    { neighbour: 'Ash', state: 'down' },
  ]
  const sent = [
    standing('Clark', { links: links as ReturnType<typeof upLink>[] }),
    standing('Clark', { digest: 'f'.repeat(16), uptimeSeconds: -0.5 }),
  ]
  for (const [answer, status] of [
    [first, sent[0]],
    [undefined, sent[1]],
  ] as const) {
    const asked = answer ?? probe.ask()
    t.equal(await peer.read(), 'STATUS proxyherd\n')
    if (status) peer.write(`${formatStatus(status)}\n`)
    t.same(await asked, { kind: 'status', status })
  }
})

t.test('an invalid status is rejected', async (t) => {
  const listener = await listen(t)
  const probe = openProbe(t, listener.port)
  const unreadable = (field: string): string =>
    `Clark (version 0.1.0) sent a status that this version cannot read: ${field} missing or invalid`
  const notAnObject = 'Clark sent a status that this version cannot read: it is not a JSON object'
  const status = standing('Clark', { links: [upLink('Oak')] })
  const cases: Record<string, string> = {
    '? STATUS proxyherd':
      'Clark does not report its status: it is not proxyherd, or an older version, or it reports only to clients that have its herd key or run on the host of a neighbour',
    hello: 'Clark sent something other than its status',
    'STATUS {': notAnObject,
    'STATUS []': notAnObject,
    'STATUS {"version":"0.1.0","server":"Clark"}': unreadable(
      '"startedAt", "uptimeSeconds", "clients", "digest", "links"',
    ),
    [formatStatus({ ...status, server: '\u001b[2J' })]: unreadable('"server"'),
    [formatStatus({ ...status, version: 'a b' })]:
      'Clark sent a status that this version cannot read: "version" missing or invalid',
    [formatStatus({ ...status, startedAt: 'yesterday' })]: unreadable('"startedAt"'),
    [formatStatus({ ...status, uptimeSeconds: 1e300 })]: unreadable('"uptimeSeconds"'),
    [formatStatus({ ...status, clients: -1 })]: unreadable('"clients"'),
    [formatStatus({ ...status, digest: DIGEST.toUpperCase() })]: unreadable('"digest"'),
    [formatStatus({ ...status, links: [upLink('O ak'), upLink('E lm')] })]: unreadable('"links"'),
    [formatStatus({ ...status, server: 'Oak' })]: `Oak, not Clark, answers at 127.0.0.1:${listener.port}`,
  }
  let peer: Awaited<ReturnType<typeof listener.next>> | undefined
  for (const [line, why] of Object.entries(cases)) {
    const answer = probe.ask()
    peer ??= await listener.next()
    await peer.read()
    peer.write(`${line}\n`)
    const isOther = line === 'hello' || line.startsWith('?')
    t.same(await answer, { kind: 'failed', why, ...(isOther && { isOther }) }, line)
  }
})

t.test('the known fields of a later version are used', async (t) => {
  const listener = await listen(t)
  const probe = openProbe(t, listener.port)
  const links = [
    { ...upLink('Oak'), colour: 'blue' },
    { ...upLink('Elm'), kind: 'nats', lastComparison: 'lately' },
    { ...upLink('Ash'), kind: '\u001b[2J' },
    { ...upLink('Yew'), lastComparison: undefined },
    { neighbour: 'Fir', state: 'draining', since: 7 },
    { neighbour: 'Box', state: { now: 'up' } },
    { neighbour: 'Hub', state: 'x'.repeat(65) },
    { ...upLink('Bay'), pending: 0.5 },
    { neighbour: 'Bog', state: 'down', since: 7 },
  ]
  const status = standing('Clark', { version: '9.0.0' })
  const answer = probe.ask()
  const peer = await listener.next()
  await peer.read()
  peer.write(`STATUS ${JSON.stringify({ ...status, mood: 'fine', links })}\n`)
  t.same(await answer, {
    kind: 'status',
    status: {
      ...status,
      links: [
        upLink('Oak'),
        { ...upLink('Elm'), kind: 'nats', lastComparison: null },
        { ...upLink('Ash'), kind: 'unknown' },
        { ...upLink('Yew'), lastComparison: null },
        { neighbour: 'Fir', state: 'other', stateWord: 'draining' },
        { neighbour: 'Box', state: 'other', stateWord: 'unknown' },
        { neighbour: 'Hub', state: 'other', stateWord: 'unknown' },
        { neighbour: 'Bay', state: 'other', stateWord: 'up' },
        { neighbour: 'Bog', state: 'down' },
      ],
    },
  })
})

t.test('a server that does not answer, or closes, is a failure', async (t) => {
  const listener = await listen(t)
  const probe = openProbe(t, listener.port, { timeoutMs: 50 })
  const late = { kind: 'failed', why: 'Clark gave no answer within 0.05 s' }
  t.same(await probe.ask(), late)
  await listener.next()
  const again = probe.ask()
  const slow = await listener.next()
  const drip = setInterval(() => {
    slow.write('S')
  }, 5)
  t.same(await again, late, 'a status that never ends')
  clearInterval(drip)
  const closing = probe.ask()
  const last = await listener.next()
  await last.read()
  last.end()
  t.same(await closing, { kind: 'failed', why: 'Clark closed the connection before it answered' })
})

t.test('a server without a fixed port, and a closed probe, are failures', async (t) => {
  t.same(await openProbe(t, 0).ask(), {
    kind: 'failed',
    why: 'Clark has no fixed port, so only the servers in its process know its address',
  })
  const listener = await listen(t)
  const probe = openProbe(t, listener.port)
  const answer = probe.ask()
  await (await listener.next()).read()
  probe.close()
  t.same(await answer, { kind: 'failed', why: 'Clark closed the connection before it answered' })
  t.same(await probe.ask(), { kind: 'failed', why: 'the status probe of Clark is closed' })
})

t.test('a sample is asked for, which an older version refuses', async (t) => {
  const listener = await listen(t)
  const probe = openProbe(t, listener.port)
  const first = probe.ask({ sample: 3 })
  const peer = await listener.next()
  const status = standing('Clark', { sample: ['AT Clark +0.5 k\xffiwi +1+1 5'] })
  t.equal(await peer.read(), 'STATUS proxyherd 3\n')
  peer.write(`${formatStatus(status)}\n`)
  t.same(await first, { kind: 'status', status })
  const second = probe.ask({ sample: 3 })
  peer.write(`? ${await peer.read()}`)
  t.same(await second, {
    kind: 'failed',
    why: 'Clark names no clients to compare: it is an older version, which answers "? STATUS proxyherd 3"',
  })
})

t.test('a server with a herd key reports to clients that have it, also after a restart', async (t) => {
  const [key, other] = [newHerdKey(), newHerdKey()].map((text) => parseHerdKeys(text, 'herd.key'))
  const topology = await freePorts(ALONE)
  const port = topology.servers.get('Clark')?.port ?? 0
  const trusted = openProbe(t, port, { keys: key })
  // The end of the connection to a stopped server may not have arrived yet.
  const ask = async (): Promise<StatusAnswer> => {
    const answer = await trusted.ask()
    return answer.kind === 'failed' && answer.why.includes('closed the connection') ? ask() : answer
  }
  const first = await TestHerd.start(t, { topology, security: { keys: key } })
  t.match(await ask(), { kind: 'status', status: { server: 'Clark', digest: '0000000000000000' } })
  t.same(await openProbe(t, port, { keys: other }).ask(), {
    kind: 'failed',
    why: `cannot talk to Clark at 127.0.0.1:${port}: it has another herd key`,
  })
  t.match(await openProbe(t, port).ask(), { why: /or it reports only to clients that have its herd key or / })
  await first.herd.stopAll()
  t.match(await ask(), { kind: 'failed', why: /^nobody listens on/ })
  const second = await TestHerd.start(t, { topology, security: { keys: key } })
  t.match(await ask(), { kind: 'status' })
  await second.herd.stopAll()
  await TestHerd.start(t, { topology })
  t.same(await ask(), {
    kind: 'failed',
    why: `cannot talk to Clark at 127.0.0.1:${port}: it has no herd key`,
  })
})

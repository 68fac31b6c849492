import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { StatusInquiry, type StatusAnswer, type StatusInquiryOptions } from '../../src/net/status-inquiry.js'
import { formatStatus } from '../../src/protocol/status.js'
import { freePorts } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'
import { DIGEST, standing, upLink } from '../fixtures/status.js'

const ALONE = { servers: ['Clark'], links: [] }

/** Asks Clark at a port of loopback, until the test ends. */
function inquiry(t: Test, port: number, more: Partial<StatusInquiryOptions> = {}): StatusInquiry {
  const address = { host: '127.0.0.1', port }
  const asking = new StatusInquiry({ server: 'Clark', address, timeoutMs: 10_000, ...more })
  t.teardown(() => {
    asking.close()
  })
  return asking
}

async function listen(t: Test): Promise<PeerListener> {
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  return listener
}

t.test('a server tells how it stands, as often as it is asked, over one connection', async (t) => {
  const listener = await listen(t)
  const asking = inquiry(t, listener.port)
  const first = asking.ask()
  const peer = await listener.next()
  const links = [
    upLink('Oak'),
    upLink('Elm', { kind: 'plain', inSync: null }),
    { neighbour: 'Ash', state: 'down' },
  ]
  const told = [
    standing('Clark', { links: links as ReturnType<typeof upLink>[] }),
    standing('Clark', { digest: 'f'.repeat(16), uptimeSeconds: -0.5 }),
  ]
  for (const [answer, status] of [
    [first, told[0]],
    [undefined, told[1]],
  ] as const) {
    const asked = answer ?? asking.ask()
    t.equal(await peer.read(), 'STATUS proxyherd\n')
    if (status) peer.write(`${formatStatus(status)}\n`)
    t.same(await asked, { kind: 'status', status })
  }
})

t.test('what is answered is checked', async (t) => {
  const listener = await listen(t)
  const asking = inquiry(t, listener.port)
  const unreadable = (field: string): string =>
    `Clark, of version 0.1.0, sends a status that this version cannot read: ${field} missing or in an unknown form`
  const strange = 'Clark sends a status that this version cannot read: it is not a JSON object'
  const status = standing('Clark', { links: [upLink('Oak')] })
  const cases: Record<string, string> = {
    '? STATUS proxyherd':
      'Clark does not tell how it stands: it is no proxyherd, or an older one, or tells only who has its herd key or is on a host of its neighbours',
    hello: 'Clark sends something else than its status',
    'STATUS {': strange,
    'STATUS []': strange,
    'STATUS {"version":"0.1.0","server":"Clark"}': unreadable(
      '"startedAt", "uptimeSeconds", "clients", "digest", "links"',
    ),
    [formatStatus({ ...status, server: '\u001b[2J' })]: unreadable('"server"'),
    [formatStatus({ ...status, version: 'a b' })]:
      'Clark sends a status that this version cannot read: "version" missing or in an unknown form',
    [formatStatus({ ...status, startedAt: 'yesterday' })]: unreadable('"startedAt"'),
    [formatStatus({ ...status, uptimeSeconds: 1e300 })]: unreadable('"uptimeSeconds"'),
    [formatStatus({ ...status, clients: -1 })]: unreadable('"clients"'),
    [formatStatus({ ...status, digest: DIGEST.toUpperCase() })]: unreadable('"digest"'),
    [formatStatus({ ...status, links: [upLink('O ak'), upLink('E lm')] })]: unreadable('"links"'),
    [formatStatus({ ...status, server: 'Oak' })]: `at 127.0.0.1:${listener.port} it is Oak that answers`,
  }
  let peer: Awaited<ReturnType<typeof listener.next>> | undefined
  for (const [line, why] of Object.entries(cases)) {
    const answer = asking.ask()
    peer ??= await listener.next()
    await peer.read()
    peer.write(`${line}\n`)
    t.same(await answer, { kind: 'failed', why }, line)
  }
})

t.test('of a server of a later version, what is known here is understood', async (t) => {
  const listener = await listen(t)
  const asking = inquiry(t, listener.port)
  const links = [
    { ...upLink('Oak'), colour: 'blue' },
    { ...upLink('Elm'), kind: 'nats', inSync: 'nearly' },
    { ...upLink('Ash'), kind: '\u001b[2J' },
    { ...upLink('Yew'), inSync: undefined },
    { neighbour: 'Fir', state: 'draining', since: 7 },
    { neighbour: 'Box', state: { now: 'up' } },
    { neighbour: 'Hub', state: 'x'.repeat(65) },
    { ...upLink('Bay'), pending: 0.5 },
    { neighbour: 'Bog', state: 'down', since: 7 },
  ]
  const status = standing('Clark', { version: '9.0.0' })
  const answer = asking.ask()
  const peer = await listener.next()
  await peer.read()
  peer.write(`STATUS ${JSON.stringify({ ...status, mood: 'fine', links })}\n`)
  t.same(await answer, {
    kind: 'status',
    status: {
      ...status,
      links: [
        upLink('Oak'),
        { ...upLink('Elm'), kind: 'nats', inSync: null },
        { ...upLink('Ash'), kind: 'unknown' },
        { ...upLink('Yew'), inSync: null },
        { neighbour: 'Fir', state: 'other', stateWord: 'draining' },
        { neighbour: 'Box', state: 'other', stateWord: 'unknown' },
        { neighbour: 'Hub', state: 'other', stateWord: 'unknown' },
        { neighbour: 'Bay', state: 'other', stateWord: 'up' },
        { neighbour: 'Bog', state: 'down' },
      ],
    },
  })
})

t.test('a server that does not answer', async (t) => {
  const listener = await listen(t)
  const asking = inquiry(t, listener.port, { timeoutMs: 50 })
  const late = { kind: 'failed', why: 'Clark gave no answer within 0.05 s' }
  t.same(await asking.ask(), late)
  await listener.next()
  const again = asking.ask()
  const slow = await listener.next()
  const drip = setInterval(() => {
    slow.write('S')
  }, 5)
  t.same(await again, late, 'nor does one that never comes to an end')
  clearInterval(drip)
  const closing = asking.ask()
  const last = await listener.next()
  await last.read()
  last.end()
  t.same(await closing, { kind: 'failed', why: 'Clark closed the connection before it answered' })
})

t.test('a server that cannot be found, or is not asked any more', async (t) => {
  t.same(await inquiry(t, 0).ask(), {
    kind: 'failed',
    why: 'Clark has no port of its own, so only the servers that run with it know where it is',
  })
  const listener = await listen(t)
  const asking = inquiry(t, listener.port)
  const answer = asking.ask()
  await (await listener.next()).read()
  asking.close()
  t.same(await answer, { kind: 'failed', why: 'Clark closed the connection before it answered' })
  t.same(await asking.ask(), { kind: 'failed', why: 'Clark is not asked any more' })
})

t.test('with a herd key, who has it is told, also by the server that is started again', async (t) => {
  const [key, other] = [newHerdKey(), newHerdKey()].map((text) => parseHerdKeys(text, 'herd.key'))
  const topology = await freePorts(ALONE)
  const port = topology.servers.get('Clark')?.port ?? 0
  const friend = inquiry(t, port, { keys: key })
  // The end of the connection to a server that has stopped may not have come yet.
  const ask = async (): Promise<StatusAnswer> => {
    const answer = await friend.ask()
    return answer.kind === 'failed' && answer.why.includes('closed the connection') ? ask() : answer
  }
  const first = await TestHerd.start(t, { topology, security: { keys: key } })
  t.match(await ask(), { kind: 'status', status: { server: 'Clark', digest: '0000000000000000' } })
  t.same(await inquiry(t, port, { keys: other }).ask(), {
    kind: 'failed',
    why: `cannot talk to Clark at 127.0.0.1:${port}: it has another herd key`,
  })
  t.match(await inquiry(t, port).ask(), { why: /or tells only who has its herd key or / })
  await first.herd.stop()
  t.match(await ask(), { kind: 'failed', why: /^nobody listens on/ })
  const second = await TestHerd.start(t, { topology, security: { keys: key } })
  t.match(await ask(), { kind: 'status' })
  await second.herd.stop()
  await TestHerd.start(t, { topology })
  t.same(await ask(), {
    kind: 'failed',
    why: `cannot talk to Clark at 127.0.0.1:${port}: it has no herd key`,
  })
})

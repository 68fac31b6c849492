import t, { type Test } from 'tap'
import type { ServerStatus } from '../../src/protocol/status.js'
import { ORDINARY_FIELDS_BYTES } from '../../src/server/client-admission.js'
import { freePorts } from '../fixtures/files.js'
import { anyPorts, TestHerd, type TestHerdOptions } from '../fixtures/herd.js'
import type { Peer } from '../fixtures/peer.js'

const PAIR = { servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] } as const

/** Enough for what a server needs without any client, and for some of the clients below. */
const MAX_BYTES = 60_000

const LONG = 'x'.repeat(3_000)

const iamat = (client: string, time = 5): string => `IAMAT ${client} +34-118 ${time}`

/** Starts Clark, whose neighbour Oak may be another process. */
function clarkAlone(t: Test, options: TestHerdOptions = {}): Promise<TestHerd> {
  return TestHerd.start(t, {
    topology: anyPorts(PAIR),
    names: ['Clark'],
    maxMemoryBytes: MAX_BYTES,
    ...options,
  })
}

async function reply(peer: Peer, line: string): Promise<string> {
  peer.write(`${line}\n`)
  return (await peer.read()).trimEnd()
}

async function memoryOf(herd: TestHerd, name: string): Promise<ServerStatus['memory']> {
  const line = await herd.ask(name, 'STATUS proxyherd\n')
  return (JSON.parse(line.slice('STATUS '.length)) as ServerStatus).memory
}

/** Has clients report until a new one is refused. Returns how many were admitted. */
async function fill(peer: Peer): Promise<number> {
  for (let client = 0; ; client += 1)
    if (!(await reply(peer, iamat(`${LONG}${client}`))).startsWith('AT')) return client
}

/** Reads lines of a link up to the next about memory, which is returned. */
async function memoryLine(link: Peer): Promise<string> {
  for (;;) {
    const line = await link.read()
    if (line.startsWith('MEMORY')) return line
  }
}

t.test('when the memory is full, new clients are refused, logged and counted', async (t) => {
  const clark = await clarkAlone(t)
  const peer = await clark.client(t, 'Clark')
  const admitted = await fill(peer)
  t.ok(admitted > 1 && admitted < MAX_BYTES / LONG.length, `${admitted} clients`)
  t.equal(await reply(peer, iamat('kiwi')), `? ${iamat('kiwi')}`)
  t.match(clark.logs.get('Clark')?.entries.at(-2), {
    kind: 'refused',
    why: 'the memory for reports is full, and this client is new',
  })
  const { bytes, maxBytes, refused } = await memoryOf(clark, 'Clark')
  t.ok(bytes >= MAX_BYTES && bytes < MAX_BYTES + 2 * LONG.length, `${bytes} bytes`)
  t.same([maxBytes, refused], [MAX_BYTES, 2])
})

t.test('known clients, neighbours and questions are served with full memory', async (t) => {
  const clark = await clarkAlone(t)
  const peer = await clark.client(t, 'Clark')
  await fill(peer)
  t.match(await reply(peer, iamat(`${LONG}0`, 6)), /^AT Clark /)
  const link = await clark.linkFrom(t, 'Oak', 'Clark')
  link.write('AT Oak +0.5 kiwi +34-118 7\n')
  while ((await reply(peer, 'WHATSAT kiwi 1 0')).startsWith('?'));
  await peer.read('\n\n')
  t.match(await reply(peer, iamat('kiwi', 8)), /^AT Clark /, 'a client of another server is known')
})

t.test('when the memory is full, known clients cannot fill more of it with long numbers', async (t) => {
  const clark = await clarkAlone(t)
  const peer = await clark.client(t, 'Clark')
  const digits = (count: number): string => '0'.repeat(count)
  const padded = (client: string, count: number, time: number): string =>
    `IAMAT ${client} +34.${digits(count)}-118 ${time}`
  t.match(await reply(peer, padded('long', 500, 5)), /^AT /, 'while there is room, any length')
  t.match(await reply(peer, iamat('kiwi')), /^AT /)
  await fill(peer)
  const { bytes } = await memoryOf(clark, 'Clark')
  const other = ORDINARY_FIELDS_BYTES - '+34.-118 6'.length
  t.match(await reply(peer, padded('kiwi', other, 6)), /^AT /)
  t.equal(await reply(peer, padded('kiwi', other + 1, 7)), `? ${padded('kiwi', other + 1, 7)}`)
  t.match(clark.logs.get('Clark')?.entries.at(-2), {
    why: 'the memory for reports is full, and the position and time of this report have 129 bytes',
  })
  t.match(await reply(peer, padded('long', 500, 6)), /^AT /, 'as long as the report that it replaces')
  t.match(await reply(peer, padded('long', 501, 7)), /^\? /)
  t.ok((await memoryOf(clark, 'Clark')).bytes < bytes + 2_000)
})

t.test('a full server asks its neighbours to admit no new clients', async (t) => {
  const topology = await freePorts(PAIR)
  const clark = await clarkAlone(t, { topology })
  const oak = await TestHerd.start(t, { topology, names: ['Oak'] })
  const [atClark, atOak] = [await clark.client(t, 'Clark'), await oak.client(t, 'Oak')]
  await fill(atClark)
  let client = 0
  while ((await reply(atOak, iamat(`kiwi${client}`))).startsWith('AT')) client += 1
  t.match(oak.logs.get('Oak')?.entries.at(-2), {
    why: 'the memory for reports of Clark is full, and this client is new',
  })
  t.match(await reply(atOak, iamat(`${LONG}0`, 6)), /^AT Oak /, 'one that it knows')
  const { refused } = await memoryOf(oak, 'Oak')
  t.equal(refused, 1)
  await clark.herd.stopAll()
  while ((await reply(atOak, iamat('lime'))).startsWith('?'));
})

t.test('only a neighbour that knows the line is sent it, also when it links later', async (t) => {
  const clark = await clarkAlone(t)
  await fill(await clark.client(t, 'Clark'))
  const link = await clark.linkFrom(t, 'Oak', 'Clark')
  link.write('PING 1\n')
  while ((await link.read()) !== 'PONG 1\n');
  t.equal(link.unread.includes('MEMORY'), false)
  link.write('FEATURES pong memory\n')
  t.equal(await memoryLine(link), 'MEMORY full\n')
})

t.test('a neighbour whose memory is free again is believed', async (t) => {
  const clark = await clarkAlone(t, { maxMemoryBytes: 1_000_000 })
  const peer = await clark.client(t, 'Clark')
  const link = await clark.linkFrom(t, 'Oak', 'Clark')
  link.write('MEMORY full\n')
  for (let client = 0; (await reply(peer, iamat(`a${client}`))).startsWith('AT');) client += 1
  link.write('MEMORY free\n')
  while ((await reply(peer, iamat('kiwi'))).startsWith('?'));
})

t.test('a client may not send the line', async (t) => {
  const clark = await clarkAlone(t)
  t.equal(await clark.ask('Clark', 'MEMORY full\n'), '? MEMORY full\n')
})

t.test('servers of one process share the limit, and one that stops leaves its queues', async (t) => {
  const herd = await TestHerd.start(t, { topology: anyPorts(PAIR), maxMemoryBytes: 1_000_000 })
  await herd.ask('Clark', `${iamat('kiwi')}\n`)
  const both = await memoryOf(herd, 'Clark')
  t.same(await memoryOf(herd, 'Oak'), both)
  await herd.herd.stop('Oak')
  t.ok((await memoryOf(herd, 'Clark')).bytes < both.bytes)
})

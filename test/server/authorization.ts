import t, { type Test } from 'tap'
import { isLogged, type Entry } from '../../src/log/entry.js'
import { logTokenUse } from '../../src/server/authorization.js'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { ByteWriter } from '../../src/protocol/bytes.js'
import { ClientAuthorization } from '../../src/server/client-authorization.js'
import { MAX_HIDDEN } from '../../src/server/read-filter.js'
import { FULL_ACCESS } from '../../src/net/token-rights.js'
import { anyPorts, EntriesLog, TestHerd } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'
import { TestTokens } from '../fixtures/tokens.js'

const ALONE = anyPorts({ servers: ['Clark'], links: [] })
const PAIR = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })

const RIGHTS = {
  trucks: 'report:truck-*,read:truck-*',
  admin: 'report:*,read:*',
  monitor: 'status',
}

const TRUCK = 'IAMAT truck-7 +34-118 5'
const CAR = 'IAMAT car-7 +34-118 5'

/** A connection, and what it answers to single lines. */
async function talk(t: Test, herd: TestHerd): Promise<(line: string) => Promise<string>> {
  const peer = await herd.client(t, 'Clark')
  return async (line) => {
    peer.write(`${line}\n`)
    return (await peer.read()).trimEnd()
  }
}

function entriesOf(herd: TestHerd, kind: Entry['kind']): Entry[] {
  return herd.logs.get('Clark')?.entries.filter((entry) => entry.kind === kind) ?? []
}

t.test('without a token nothing is allowed', async (t) => {
  const tokens = new TestTokens(RIGHTS)
  const herd = await TestHerd.start(t, { topology: ALONE, authorization: tokens.authorization })
  const ask = await talk(t, herd)
  for (const line of [TRUCK, 'WHATSAT truck-7 1 0', 'NEAR +34-118 1 1', 'WATCH +34-118 1'])
    t.equal(await ask(line), `? ${line}`)
  t.match(entriesOf(herd, 'refused'), [
    { why: 'a token is needed for reports of this client, see AUTH' },
    { why: 'a token is needed for questions about this client, see AUTH' },
    { why: 'a token is needed for NEAR, see AUTH' },
    { why: 'a token is needed for WATCH, see AUTH' },
  ])
})

t.test('a token allows what its rights say, for the rest of the connection', async (t) => {
  const tokens = new TestTokens(RIGHTS)
  const herd = await TestHerd.start(t, { topology: ALONE, authorization: tokens.authorization })
  const ask = await talk(t, herd)
  t.equal(await ask(`AUTH ${tokens.of('trucks')}`), 'AUTH trucks')
  t.match(await ask(TRUCK), /^AT Clark /)
  t.equal(await ask(CAR), `? ${CAR}`)
  t.equal(await ask('WHATSAT car-7 1 0'), '? WHATSAT car-7 1 0')
  t.match(entriesOf(herd, 'refused'), [{ why: 'the token trucks does not allow reports of this client' }, {}])
  t.equal(await ask(`AUTH ${tokens.of('admin')}`), 'AUTH admin')
  t.match(await ask(CAR), /^AT Clark /)
  t.match(await ask('WHATSAT car-7 1 0'), /^AT Clark /)
  const who = entriesOf(herd, 'in').map((entry) => 'who' in entry && entry.who)[0]
  t.same(entriesOf(herd, 'token'), [
    { kind: 'token', what: 'accepted', who, token: 'trucks' },
    { kind: 'token', what: 'accepted', who, token: 'admin' },
  ])
})

t.test('NEAR gives only what the token allows to see', async (t) => {
  const tokens = new TestTokens(RIGHTS)
  const herd = await TestHerd.start(t, { topology: ALONE, authorization: tokens.authorization })
  const near = 'NEAR +34-118 100 1\n'
  await herd.ask('Clark', `AUTH ${tokens.of('admin')}\nIAMAT car +34-118 5\nIAMAT truck-1 +34.1-118 5\n`)
  t.match(
    await herd.ask('Clark', `AUTH ${tokens.of('admin')}\n${near}`),
    /^AUTH admin\nAT \S+ \S+ car .*\n\n$/,
  )
  t.match(
    await herd.ask('Clark', `AUTH ${tokens.of('trucks')}\n${near}`),
    /^AUTH trucks\nAT \S+ \S+ truck-1 .*\n\n$/,
  )
  t.equal(await herd.ask('Clark', `AUTH ${tokens.of('monitor')}\n${near}`), `AUTH monitor\n? ${near}`)
})

t.test('WATCH sends only what the token allows to see', async (t) => {
  const tokens = new TestTokens(RIGHTS)
  const herd = await TestHerd.start(t, { topology: ALONE, authorization: tokens.authorization })
  await herd.ask('Clark', `AUTH ${tokens.of('admin')}\n${CAR}\n${TRUCK}\n`)
  const ask = await talk(t, herd)
  await ask(`AUTH ${tokens.of('trucks')}`)
  t.equal(await ask('WATCH truck-7 car-7'), '? WATCH truck-7 car-7')
  t.match(await ask('WATCH +34-118 1'), /^AT Clark \S+ truck-7 /)
  await herd.ask('Clark', `AUTH ${tokens.of('admin')}\nIAMAT car-7 +34-118 6\nIAMAT truck-8 +34-118 6\n`)
  // A line that is refused is answered behind what was sent before.
  t.match(await ask('FOO'), /^AT Clark \S+ truck-8 /)
  const all = await talk(t, herd)
  await all(`AUTH ${tokens.of('admin')}`)
  t.match(await all('WATCH car-7'), /^AT Clark \S+ car-7 /)
})

t.test('NEAR is refused where too many clients are hidden', async (t) => {
  const tokens = new TestTokens(RIGHTS)
  const herd = await TestHerd.start(t, { topology: ALONE, authorization: tokens.authorization })
  const car = (index: number): string => `IAMAT car-${index} +34-118.${index} 5\n`
  const cars = Array.from({ length: MAX_HIDDEN + 1 }, (_, index) => car(index)).join('')
  await herd.ask('Clark', `AUTH ${tokens.of('admin')}\n${cars}IAMAT truck-1 +35-118 5\n`)
  const ask = (near: string): Promise<string> => herd.ask('Clark', `AUTH ${tokens.of('trucks')}\n${near}\n`)
  t.equal(await ask('NEAR +34-118 200 9'), 'AUTH trucks\n? NEAR +34-118 200 9\n')
  t.match(await ask('NEAR +35-118 1 9'), /^AUTH trucks\nAT Clark \S+ truck-1 .*\n\n$/)
  t.match(entriesOf(herd, 'refused').at(-1), { why: /^more than 50000 clients/ })
})

t.test('what is no token is refused after a while, and never shown', async (t) => {
  const tokens = new TestTokens(RIGHTS)
  const herd = await TestHerd.start(t, { topology: ALONE, authorization: tokens.authorization })
  const secret = new TestTokens({ other: 'status' }).of('other')
  const ask = await talk(t, herd)
  const lines = [
    `AUTH ${secret}`,
    `AUTH ${secret} x`,
    `AUTH x ${secret}`,
    `AUTH\0${secret}`,
    `AUTH ${secret}\0`,
    `AUTH ${secret.repeat(100)}`,
    `AUTH ${tokens.of('admin')}x`,
  ]
  for (const line of lines) t.equal(await ask(line), '? AUTH')
  t.equal(await ask(`  auth ${secret}`), '? auth')
  t.equal(await ask(TRUCK), `? ${TRUCK}`)
  t.equal(await herd.ask('Clark', `AUTH ${secret}`), '? AUTH\n')
  t.match(
    entriesOf(herd, 'token').map((entry) => 'failures' in entry && entry.failures),
    [1, 2, 3, 4],
  )
  const logged = JSON.stringify(herd.logs.get('Clark')?.entries)
  for (const part of [secret, secret.slice(0, 20), tokens.of('admin')]) t.notOk(logged.includes(part))
  t.match(entriesOf(herd, 'in')[0], { line: 'AUTH ...' })
})

t.test('a token that is refused takes away what the one before allowed', async (t) => {
  const tokens = new TestTokens(RIGHTS)
  const herd = await TestHerd.start(t, { topology: ALONE, authorization: tokens.authorization })
  const ask = await talk(t, herd)
  t.equal(await ask(`AUTH ${tokens.of('admin')}`), 'AUTH admin')
  t.equal(await ask('AUTH x'), '? AUTH')
  t.equal(await ask(TRUCK), `? ${TRUCK}`)
})

t.test('new rights count at once, and a revoked token allows nothing', async (t) => {
  const tokens = new TestTokens(RIGHTS)
  const herd = await TestHerd.start(t, { topology: ALONE, authorization: tokens.authorization })
  const ask = await talk(t, herd)
  await ask(`AUTH ${tokens.of('trucks')}`)
  tokens.reload({ ...RIGHTS, trucks: 'report:car-*' })
  t.equal(await ask(TRUCK), `? ${TRUCK}`)
  t.match(await ask(CAR), /^AT Clark /)
  tokens.reload({ admin: RIGHTS.admin })
  t.equal(await ask(CAR), `? ${CAR}`)
  t.match(entriesOf(herd, 'refused').at(-1), { why: 'the token trucks was revoked' })
  t.equal(await ask(`AUTH ${tokens.of('trucks')}`), '? AUTH')
})

t.test('1,000 connections with wrong tokens keep nobody out', async (t) => {
  const tokens = new TestTokens(RIGHTS, { delayMs: 50 })
  const herd = await TestHerd.start(t, { topology: ALONE, authorization: tokens.authorization })
  const flood = await Promise.all(Array.from({ length: 1_000 }, () => Peer.connect(herd.port('Clark'))))
  for (const peer of flood) {
    peer.write('AUTH x\n')
    peer.end()
  }
  const ask = await talk(t, herd)
  t.equal(await ask(`AUTH ${tokens.of('admin')}`), 'AUTH admin')
  t.match(await ask(TRUCK), /^AT Clark /)
  const replies = await Promise.all(flood.map(({ closed }) => closed))
  const answered = replies.filter((reply) => reply === '? AUTH\n').length
  t.ok(answered >= 16 && answered < 1_000, `${answered} were delayed`)
  t.ok(replies.every((reply) => reply === '' || reply === '? AUTH\n'))
  const cutOff = entriesOf(herd, 'client').filter(
    (entry) => 'why' in entry && entry.why.startsWith('too many'),
  )
  t.equal(cutOff.length, 1_000 - answered)
})

t.test('a status token is as good as the herd key, but shows only clients that it may see', async (t) => {
  const tokens = new TestTokens({ ...RIGHTS, guest: 'status,read:truck-*' })
  const herd = await TestHerd.start(t, {
    topology: ALONE,
    authorization: tokens.authorization,
    security: { keys: parseHerdKeys(newHerdKey(), 'herd.key') },
  })
  await herd.ask('Clark', `AUTH ${tokens.of('admin')}\n${TRUCK}\n${CAR}\n`)
  const ask = await talk(t, herd)
  const question = 'STATUS proxyherd 9'
  t.equal(await ask(question), `? ${question}`)
  await ask(`AUTH ${tokens.of('admin')}`)
  t.equal(await ask(question), `? ${question}`)
  const sampled = async (name: string): Promise<string[]> => {
    await ask(`AUTH ${tokens.of(name)}`)
    const { sample } = JSON.parse((await ask(question)).slice('STATUS '.length)) as { sample: string[] }
    return sample.map((line) => line.split(' ')[3] ?? '')
  }
  t.same(await sampled('monitor'), [])
  t.same(await sampled('guest'), ['truck-7'])
})

t.test('a server that is trusted needs no token', async (t) => {
  const tokens = new TestTokens(RIGHTS)
  const herd = await TestHerd.start(t, { topology: PAIR, authorization: tokens.authorization })
  await herd.ask('Clark', `AUTH ${tokens.of('admin')}\n${TRUCK}\n`)
  t.match(await herd.ask('Oak', `AUTH ${tokens.of('admin')}\nWHATSAT truck-7 1 0\n`), /\nAT Clark /)
  t.match(await herd.ask('Clark', 'STATUS proxyherd\n'), /^STATUS \{/)
})

t.test('a token that others could read is refused, unless that is allowed', async (t) => {
  for (const allowsPlain of [false, true])
    for (const isPrivate of [false, true]) {
      const tokens = new TestTokens(RIGHTS, { allowsPlain })
      const log = new EntriesLog()
      const connection = { peer: '192.0.2.1:5', destroy: () => undefined }
      const parts = { connection, log, host: '192.0.2.1', isPrivate, authorization: tokens.authorization }
      const client = new ClientAuthorization(parts)
      const isTaken = isPrivate || allowsPlain
      const { kind } = client.authenticate(tokens.of('admin'), new ByteWriter())
      t.equal(kind, isTaken ? 'reply' : 'later')
      t.equal(client.access.reads, isTaken ? 'all' : 'none')
      t.match(log.entries, [{ what: isTaken ? 'accepted' : 'refused', token: 'admin' }])
    }
})

t.test('without a tokens file any token will do', async (t) => {
  const herd = await TestHerd.start(t, { topology: ALONE })
  t.match(await herd.ask('Clark', `AUTH x\n${TRUCK}\n`), /^AUTH\nAT Clark /)
})

t.test('what must be traced is logged at every level', async (t) => {
  const log = new EntriesLog()
  logTokenUse(log, '192.0.2.1:5', FULL_ACCESS, 'FORGET kiwi')
  logTokenUse(log, '192.0.2.1:5', { ...FULL_ACCESS, token: 'admin' }, 'FORGET kiwi')
  t.same(log.entries, [
    { kind: 'token', what: 'used', who: '192.0.2.1:5', why: 'FORGET kiwi' },
    { kind: 'token', what: 'used', who: '192.0.2.1:5', token: 'admin', why: 'FORGET kiwi' },
  ])
  for (const entry of log.entries) t.ok(isLogged(entry, 'links'))
  t.notOk(isLogged({ kind: 'token', what: 'accepted', who: '', token: '' }, 'links'))
})

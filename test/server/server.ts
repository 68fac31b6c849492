import t from 'tap'
import { MAX_LINE_BYTES } from '../../src/protocol/lines.js'
import { anyPorts, CAFE, TestHerd } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'
import { SlowPlaces } from '../fixtures/slow-places.js'

// The server's clock stands still at 1621464828.223371889.
const IAMAT = 'IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1621464827.959998503'
const AT = 'AT Clark +0.263373386 kiwi.cs.ucla.edu +34.068930-118.445127 1621464827.959998503'
const WHATSAT = 'WHATSAT kiwi.cs.ucla.edu 10 5'

const alone = anyPorts({ servers: ['Clark'], links: [] })

interface Case {
  readonly sent: string
  readonly replies: string
}

const cases: Record<string, Case> = {
  'IAMAT is answered with a report': { sent: `${IAMAT}\n`, replies: `${AT}\n` },
  'WHATSAT is answered with the report and places': {
    sent: `${IAMAT}\n${WHATSAT}\n`,
    replies: `${AT}\n${AT}\n${CAFE}\n\n`,
  },
  'any white space separates fields': {
    sent: `\t ${IAMAT.replaceAll(' ', ' \t\v\f\r ')} \r\n`,
    replies: `${AT}\n`,
  },
  'a last line without a line end is answered': { sent: IAMAT, replies: `${AT}\n` },
  'a client ID is any bytes': {
    sent: 'IAMAT \xff\0\xa0\xe9 +1+1 1621464828\nWHATSAT \xff\0\xa0\xe9 1 20\n',
    replies:
      'AT Clark +0.223371889 \xff\0\xa0\xe9 +1+1 1621464828\n' +
      `AT Clark +0.223371889 \xff\0\xa0\xe9 +1+1 1621464828\n${CAFE}\n\n`,
  },
  'every digit of a client’s own is echoed': {
    sent: 'IAMAT kiwi +04.000-018.100 01621464827.50000000000000000000\n',
    replies: 'AT Clark +0.723371889 kiwi +04.000-018.100 01621464827.50000000000000000000\n',
  },
  'a skew may be negative': {
    sent: 'IAMAT kiwi +34-118 1621464928.221741259\n',
    replies: 'AT Clark -99.998369370 kiwi +34-118 1621464928.221741259\n',
  },
  'and less than a second': {
    sent: 'IAMAT kiwi +34-118 1621464828.723371889\n',
    replies: 'AT Clark -0.500000000 kiwi +34-118 1621464828.723371889\n',
  },
  'a stale IAMAT is answered with its own fields, and not stored': {
    sent: 'IAMAT kiwi +1+1 10\nIAMAT kiwi +2+2 9.9\nWHATSAT kiwi 0 20\n',
    replies:
      'AT Clark +1621464818.223371889 kiwi +1+1 10\n' +
      'AT Clark +1621464818.323371889 kiwi +2+2 9.9\n' +
      `AT Clark +1621464818.223371889 kiwi +1+1 10\n${CAFE}\n\n`,
  },
  'a greater number is newer, though the lesser text': {
    sent: 'IAMAT kiwi +1+1 999999999.5\nIAMAT kiwi +2+2 1621464827.5\nWHATSAT kiwi 1 20\n',
    replies:
      'AT Clark +621464828.723371889 kiwi +1+1 999999999.5\n' +
      'AT Clark +0.723371889 kiwi +2+2 1621464827.5\n' +
      `AT Clark +0.723371889 kiwi +2+2 1621464827.5\n${CAFE}\n\n`,
  },
  'what is invalid comes back as it came': {
    sent: 'FOO  bar\t\n\n   \n\r\nIAMAT kiwi 34-118 1\nWHATSAT nobody 10 5\nAT\nLINK\nPING\nDIGEST 0123456789abcdef 1\nPRUNE Oak\nGRAFT Oak 7\nSEEN Oak 7\nLATE AT Oak +1 kiwi +1+1 1\n\xff\xfe\0\n',
    replies:
      '? FOO  bar\t\n? \n?    \n? \r\n? IAMAT kiwi 34-118 1\n? WHATSAT nobody 10 5\n? AT\n? LINK\n? PING\n? DIGEST 0123456789abcdef 1\n? PRUNE Oak\n? GRAFT Oak 7\n? SEEN Oak 7\n? LATE AT Oak +1 kiwi +1+1 1\n? \xff\xfe\0\n',
  },
  'the head of an overlong line is sent back, and the next line is executed': {
    sent: `${'x'.repeat(MAX_LINE_BYTES + 1)}\n${IAMAT}\n${'y'.repeat(20_000)}`,
    replies: `? ${'x'.repeat(64)}...\n${AT}\n? ${'y'.repeat(64)}...\n`,
  },
  'the longest line is a command': {
    sent: `IAMAT ${'k'.repeat(MAX_LINE_BYTES - 16)} +34-118 1\n`,
    replies: `AT Clark +1621464827.223371889 ${'k'.repeat(MAX_LINE_BYTES - 16)} +34-118 1\n`,
  },
  'an AT is accepted and not answered': {
    sent: 'AT Bernard +0.5 kiwi +34-118 7\nWHATSAT kiwi 10 5\n',
    replies: `AT Bernard +0.5 kiwi +34-118 7\n${CAFE}\n\n`,
  },
}

for (const [name, { sent, replies }] of Object.entries(cases)) {
  t.test(name, async (t) => {
    const whole = await TestHerd.start(t, { topology: alone })
    t.equal(await whole.ask('Clark', sent), replies, 'whole')
    const slow = await TestHerd.start(t, { topology: alone })
    const client = await slow.client(t, 'Clark')
    await client.writeByteByByte(sent)
    client.end()
    t.equal(await client.closed, replies, 'byte by byte')
  })
}

t.test('all cases in one stream are answered in order', async (t) => {
  // Each case has its own clients, since it would otherwise see the reports of another.
  const apart = Object.values(cases).map(({ sent, replies }, index) => {
    const own = (text: string): string => text.replaceAll('kiwi', `kiwi${index}`)
    return { sent: own(sent.endsWith('\n') ? sent : `${sent}\n`), replies: own(replies) }
  })
  const herd = await TestHerd.start(t, { topology: alone })
  const replies = await herd.ask('Clark', apart.map(({ sent }) => sent).join(''))
  t.equal(replies, apart.map(({ replies }) => replies).join(''))
})

t.test('replies keep the order of the commands, even when an early one is slow', async (t) => {
  const provider = new SlowPlaces()
  const herd = await TestHerd.start(t, { topology: alone, provider })
  const [slow, quick] = [await herd.client(t, 'Clark'), await herd.client(t, 'Clark')]
  slow.write(`${IAMAT}\n${WHATSAT}\nIAMAT lime +1+1 10\nFOO\n`)
  t.equal(await slow.read(), `${AT}\n`)
  // The slow look-up delays neither the later commands of its client nor other clients.
  quick.write('WHATSAT lime 1 1\nFOO\n')
  quick.end()
  const linesRead = await herd.ask('Clark', 'IAMAT fig +1+1 1621464828\n')
  t.equal(linesRead, 'AT Clark +0.223371889 fig +1+1 1621464828\n')
  provider.answer()
  t.equal(await slow.read('FOO\n'), `${AT}\n${CAFE}\n\nAT Clark +1621464818.223371889 lime +1+1 10\n? FOO\n`)
  provider.answer()
  t.match(await quick.closed, /^AT Clark \S+ lime .*\n\? FOO\n$/s)
})

t.test('a place look-up that fails leaves the client with its report and valid JSON', async (t) => {
  const provider = { name: 'broken', nearby: () => Promise.reject(new Error('boom')) }
  const herd = await TestHerd.start(t, { topology: alone, provider })
  const reply = await herd.ask('Clark', `${IAMAT}\n${WHATSAT}\n`)
  t.ok(reply.startsWith(`${AT}\n${AT}\n{`))
  t.match(JSON.parse(reply.slice(2 * AT.length + 2)), { results: [], status: 'UNKNOWN_ERROR' })
})

t.test('a client with many pending look-ups is not read until one is answered', async (t) => {
  const provider = new SlowPlaces()
  const herd = await TestHerd.start(t, { topology: alone, provider })
  const client = await herd.client(t, 'Clark')
  client.write(`${IAMAT}\n`)
  await client.read()
  // Each has a different radius, so that no two share an answer.
  const radii = Array.from({ length: 100 }, (_, index) => `0.${String(index + 1).padStart(3, '0')}`)
  client.write(radii.map((radius) => `WHATSAT kiwi.cs.ucla.edu ${radius} 1\n`).join('') + 'FOO\n')
  t.equal(await herd.ask('Clark', 'BAR\n'), '? BAR\n')
  t.equal(provider.waiting, 64)
  provider.answer()
  for (let replies = 0; replies < 64; replies += 1) await client.read('\n\n')
  t.equal(await herd.ask('Clark', 'BAR\n'), '? BAR\n')
  t.equal(provider.waiting, 36)
  provider.answer()
  await client.read('? FOO\n')
})

t.test('a client that does not read its replies is not read until it does', async (t) => {
  const herd = await TestHerd.start(t, { topology: alone })
  const client = await herd.client(t, 'Clark')
  client.socket.pause()
  // More than the socket buffers of both sides hold.
  const commands = 8_000
  const line = `FOO ${'x'.repeat(4_000)}\n`
  for (let sent = 0; sent < commands; sent += 1) client.write(line)
  // If no further line is read while others are served, reading has stopped.
  const linesRead = (): number =>
    herd.logs.get('Clark')?.entries.filter(({ kind }) => kind === 'refused').length ?? 0
  let quiet = 0
  while (quiet < 20) {
    const before = linesRead()
    t.equal(await herd.ask('Clark', 'BAR\n'), '? BAR\n')
    quiet = linesRead() === before + 1 ? quiet + 1 : 0
  }
  t.ok(linesRead() < commands, `${linesRead()} lines read`)
  client.end()
  client.socket.resume()
  t.equal((await client.closed).length, commands * (line.length + 2))
})

t.test('a server sends nothing unasked, and the connection stays open', async (t) => {
  const herd = await TestHerd.start(t, { topology: alone })
  const client = await herd.client(t, 'Clark')
  client.write('FOO\n')
  t.equal(await client.read(), '? FOO\n')
  await herd.ask('Clark', `${IAMAT}\n`)
  client.write('BAR\n')
  client.end()
  t.equal(await client.closed, '? BAR\n')
})

t.test('a client that disappears does not affect others', async (t) => {
  const provider = new SlowPlaces()
  const herd = await TestHerd.start(t, { topology: alone, provider })
  const client = await herd.client(t, 'Clark')
  client.write(`${IAMAT}\n${WHATSAT}\n`)
  await client.read()
  client.socket.resetAndDestroy()
  t.equal(await herd.ask('Clark', 'FOO\n'), '? FOO\n')
  provider.answer()
  t.equal(await herd.ask('Clark', 'FOO\n'), '? FOO\n')
})

t.test('a report too far in the future is refused', async (t) => {
  const herd = await TestHerd.start(t, { topology: alone, maxFutureSeconds: 10 })
  const lines = ['IAMAT kiwi +1+1 1621464838.223371889', 'IAMAT kiwi +1+1 1621464838.223371890']
  const [onTheDot, beyond] = [
    await herd.ask('Clark', lines[0] ?? ''),
    await herd.ask('Clark', lines[1] ?? ''),
  ]
  t.equal(onTheDot, 'AT Clark -10.000000000 kiwi +1+1 1621464838.223371889\n')
  t.equal(beyond, `? ${lines[1]}\n`)
  const why = herd.logs.get('Clark')?.entries.find(({ kind }) => kind === 'refused')
  t.match(why, { why: /more than 10 s ahead/ })
  const reply = await herd.ask('Clark', 'AT Bernard -99.0 kiwi +2+2 9999999999\nWHATSAT kiwi 1 1\n')
  t.match(reply, /^AT Bernard -99.0/, 'but not from a server: servers would differ for ever')
})

t.test('a limit in fractions of a second is exact', async (t) => {
  const herd = await TestHerd.start(t, { topology: alone, maxFutureSeconds: 0.5 })
  const lines = ['IAMAT kiwi +1+1 1621464828.723371889', 'IAMAT kiwi +1+1 1621464828.723371890']
  const reply = await herd.ask('Clark', lines.map((line) => `${line}\n`).join(''))
  t.equal(reply, `AT Clark -0.500000000 kiwi +1+1 1621464828.723371889\n? ${lines[1]}\n`)
})

t.test('the limit of the future and skews follow a clock that is set', async (t) => {
  let now = 1_000_000_000_000n
  const herd = await TestHerd.start(t, { topology: alone, maxFutureSeconds: 10, clock: () => now })
  const ask = (time: string): Promise<string> => herd.ask('Clark', `IAMAT kiwi +1+1 ${time}\n`)
  t.equal(await ask('8200'), '? IAMAT kiwi +1+1 8200\n')
  now = 8_200_500_000_000n
  t.equal(await ask('8200'), 'AT Clark +0.500000000 kiwi +1+1 8200\n', 'set forward by two hours')
  now = 999_500_000_000n
  t.equal(await ask('8200'), '? IAMAT kiwi +1+1 8200\n', 'and back')
  t.equal(await ask('1000.25'), 'AT Clark -0.750000000 kiwi +1+1 1000.25\n')
})

t.test('degrees and minutes are refused from a client, but taken from a server', async (t) => {
  const herd = await TestHerd.start(t, { topology: alone })
  const iamat = 'IAMAT kiwi +0012-00034 1621464827.5'
  t.equal(await herd.ask('Clark', `${iamat}\n`), `? ${iamat}\n`)
  const at = 'AT Bernard +0.5 kiwi +0012-00034 1621464827.5'
  t.match(await herd.ask('Clark', `${at}\nWHATSAT kiwi 1 0\n`), new RegExp(`^${at.replaceAll('+', '\\+')}\n`))
})

t.test('a server logs connections, lines and its own start and stop', async (t) => {
  const herd = await TestHerd.start(t, { topology: alone })
  await herd.ask('Clark', `${IAMAT}\nFOO\n${'x'.repeat(5_000)}\n`)
  await herd.herd.stopAll()
  const log = herd.logs.get('Clark')
  t.match(
    log?.entries.map(({ kind, ...entry }) => [
      kind,
      'what' in entry ? entry.what : 'line' in entry ? entry.line : '',
    ]),
    [
      ['server', 'listening'],
      ['client', 'connected'],
      ['in', IAMAT],
      ['in', 'FOO'],
      ['refused', 'FOO'],
      ['in', `${'x'.repeat(64)}...`],
      ['refused', `${'x'.repeat(64)}...`],
      ['out', AT],
      ['out', '? FOO'],
      ['out', `? ${'x'.repeat(64)}...`],
      ['client', 'closed'],
      ['server', 'stopped'],
    ],
  )
  t.equal(log?.isClosed, true)
})

t.test('a server that stops waits for clients only until the timeout', async (t) => {
  const provider = new SlowPlaces()
  const herd = await TestHerd.start(t, { topology: alone, provider })
  const client = await herd.client(t, 'Clark')
  client.write(`${IAMAT}\n${WHATSAT}\n`)
  await client.read()
  await herd.herd.stopAll(20)
  t.equal(await client.closed, '')
  provider.answer()
})

t.test('a server that stops answers the lines it has received, and no more', async (t) => {
  const provider = new SlowPlaces()
  const herd = await TestHerd.start(t, { topology: alone, provider })
  const idle = await herd.client(t, 'Clark')
  const client = await herd.client(t, 'Clark')
  client.write(`${IAMAT}\n${WHATSAT}\n`)
  t.equal(await client.read(), `${AT}\n`)
  const stopped = herd.herd.stopAll()
  await idle.closed
  client.write('FOO\n')
  await t.rejects(Peer.connect(herd.port('Clark')))
  provider.answer()
  t.equal(await client.closed, `${AT}\n${CAFE}\n\n`)
  await stopped
})

import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { MAX_LINK_LINE_BYTES } from '../../src/net/limits.js'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { MAX_LINE_BYTES } from '../../src/protocol/lines.js'
import { selfSigned } from '../fixtures/certificate.js'
import { fuzz } from '../fixtures/fuzz.js'
import { anyPorts, TestHerd, type TestHerdOptions } from '../fixtures/herd.js'
import { Oracle, PLACES, type Rules } from '../fixtures/oracle.js'
import { Peer, PeerListener } from '../fixtures/peer.js'
import { clientStream, manner, neighbourStream, type Manner } from '../fixtures/streams.js'
import { inPieces } from '../fixtures/text.js'

// SEED=17 FUZZ_PATH=0:1 npx tap test/server/fuzz.ts  replays a case; "npm run fuzz" tries new ones for a minute.

const CLOCK = 1_621_464_828_223_371_889n
const RULES: Rules = { server: 'Clark', clock: CLOCK, maxFutureSeconds: 0, acceptsAt: true }
const ALONE = anyPorts({ servers: ['Clark'], links: [] })
const PAIR = anyPorts({ servers: ['Amber', 'Clark'], links: [['Amber', 'Clark']] })

/** The first bytes of a handshake with a server that has a herd key and a certificate. */
const OPENINGS = [0x10, 0x16]

const security = {
  keys: parseHerdKeys(newHerdKey(), 'herd.key'),
  certificate: await selfSigned(),
}

/** A places service that answers in an order other than that of the requests. */
const provider = {
  name: 'test',
  nearby: async ({ radiusKm }: { radiusKm: number }): Promise<string> => {
    for (let turns = Math.round(radiusKm) % 4; turns > 0; turns -= 1) await nextTurn()
    return PLACES
  },
}

/** Uncaught errors between two cases. */
const late: Error[] = []
let crash: (error: Error) => void = (error) => late.push(error)
// Otherwise tap takes them, and the failing case is unknown.
process.setUncaughtExceptionCaptureCallback((error) => {
  crash(error)
})

/** Runs Clark while a case uses it. Afterwards Clark must still serve others, and stop. */
async function withClark(options: TestHerdOptions, use: (herd: TestHerd) => Promise<void>): Promise<void> {
  const herd = await TestHerd.open({ names: ['Clark'], provider, ...options })
  const crashed = new Promise<never>((_, reject) => (crash = reject))
  try {
    const bystander = herd.ask('Clark', 'IAMAT by-stander +1+1 1621464828\n')
    await Promise.race([crashed, use(herd)])
    assert.equal(await bystander, 'AT Clark +0.223371889 by-stander +1+1 1621464828\n')
    assert.equal(await herd.ask('Clark', 'FOO\n'), '? FOO\n')
  } finally {
    crash = (error) => late.push(error)
    await herd.herd.stopAll()
  }
}

/** Sends a stream in chunks, and returns what came back until either side closed. */
async function talk(peer: Peer, stream: string, { pieces, end }: Manner): Promise<string> {
  peer.socket.setNoDelay(true)
  if (end === 'read late') peer.socket.pause()
  for (const piece of inPieces(stream, pieces)) {
    peer.write(piece)
    await nextTurn()
  }
  if (end === 'reset') peer.socket.resetAndDestroy()
  else peer.end()
  peer.socket.resume()
  return peer.closed
}

t.test('whatever a client sends, it gets the replies that the protocol defines', async (t) => {
  const property = fc.asyncProperty(
    clientStream(MAX_LINE_BYTES),
    manner(),
    fc.record({ isKeyed: fc.boolean(), maxFutureSeconds: fc.constantFrom(0, 10) }),
    async (stream, how, { isKeyed, maxFutureSeconds }) => {
      const options = { topology: ALONE, maxFutureSeconds, ...(isKeyed && { security }) }
      await withClark(options, async (herd) => {
        const got = await talk(await Peer.connect(herd.port('Clark')), stream, how)
        // A stream that starts like TLS is not a command.
        if (isKeyed && OPENINGS.includes(stream.charCodeAt(0))) return
        const replies = new Oracle({ ...RULES, maxFutureSeconds, acceptsAt: !isKeyed }).replies(stream)
        if (how.end === 'reset') assert.equal(got, replies.slice(0, got.length))
        else assert.equal(got, replies)
      })
    },
  )
  await fuzz(t, property, { runs: 100, share: 0.35 })
})

t.test('whatever a TLS client or a server with a key starts with, others are served', async (t) => {
  const property = fc.asyncProperty(
    fc.constantFrom('\x10', '\x16', '\x10\x16\x03\x01', '\x16\x03\x01\x00\x05'),
    clientStream(MAX_LINE_BYTES),
    manner(),
    async (opening, stream, how) => {
      await withClark({ topology: ALONE, security }, async (herd) => {
        await talk(await Peer.connect(herd.port('Clark')), opening + stream, how)
      })
    },
  )
  await fuzz(t, property, { runs: 20, share: 0.05 })
})

const SAID =
  /^(?:LINK 1 Clark Amber [0-9]+ [0-9a-f]{8}|FEATURES pong counts memory clock cutoffs forget|PING|PONG [0-9]+(?: [0-9]+)?|DIGEST [0-9a-f]{16} [0-9]+|BUCKETS [0-9a-f]{16384}|(?:HAVE|WANT) [0-9]+ [0-9a-f]*|PRUNE [^ \n]+|(?:GRAFT|SEEN) [^ \n]+ [0-9]+|(?:LATE )?(?:GENERATION [0-9]+ )?AT [^\n]+)$/

/** Asserts that Clark sends a neighbour only lines between servers, and a bounded number of bytes. */
function checkSent(sent: string, received: string): void {
  for (const line of sent.split('\n').slice(0, -1)) assert.match(line, SAID)
  const lines = received.split('\n').length
  // An answer to BUCKETS names each of 1,024 buckets. An answer to any other line is at maxBytes that long, or as long as the line.
  const maxBytes = 2 * received.length + (lines + 2) * 32_768
  assert.ok(
    sent.length <= maxBytes,
    `${sent.length} bytes sent after ${received.length} received in ${lines} lines`,
  )
}

t.test('whatever a neighbour sends, the server accepts what is valid and keeps serving', async (t) => {
  const property = fc.asyncProperty(neighbourStream(MAX_LINK_LINE_BYTES), manner(), async (stream, how) => {
    const oracle = new Oracle(RULES)
    await withClark({ topology: PAIR }, async (herd) => {
      const clients = Array.from({ length: 50 }, (_, index) => `IAMAT c${index} +1+1 5\n`).join('')
      assert.equal(await herd.ask('Clark', clients), oracle.replies(clients))
      const amber = await Peer.connect(herd.port('Clark'))
      amber.write('LINK 1 Amber Clark 1 0a1b2c3d\n')
      const greeting = await amber.read()
      const sent = await talk(amber, stream, how)
      checkSent(greeting + sent.slice(0, sent.lastIndexOf('\n') + 1), stream)
      if (how.end === 'reset') return
      oracle.receive(stream, MAX_LINK_LINE_BYTES)
      // A client ID from a link may be too long for a client's WHATSAT.
      const known = [...oracle.known.keys()].filter((client) => client.length < 4_000)
      const questions = known.map((client) => `WHATSAT ${client} 50 20\n`).join('')
      assert.equal(await herd.ask('Clark', questions), oracle.replies(questions))
    })
  })
  await fuzz(t, property, { runs: 80, share: 0.2 })
})

t.test('whatever a neighbour answers when it is dialled, the server keeps serving', async (t) => {
  const property = fc.asyncProperty(neighbourStream(MAX_LINE_BYTES), manner(), async (stream, how) => {
    const listener = await PeerListener.listen()
    const topology = {
      ...PAIR,
      servers: new Map([...PAIR.servers, ['Amber', { host: '127.0.0.1', port: listener.port }]]),
    }
    try {
      await withClark({ topology }, async () => {
        await talk(await listener.next(), stream, how)
      })
    } finally {
      listener.close()
    }
  })
  await fuzz(t, property, { runs: 20, share: 0.05 })
})

t.test('no error occurs between the cases', async (t) => {
  t.same(late, [])
})

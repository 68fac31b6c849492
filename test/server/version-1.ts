import t from 'tap'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { PeerListener, type Peer } from '../fixtures/peer.js'
import { linesOf } from '../fixtures/transcript.js'

const PAIR = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })

/** All commands that a server of version 0.1.0 knows. It logs and skips any other line. */
const KNOWN = [
  'LINK',
  'NOLINK',
  'AT',
  'LATE',
  'DIGEST',
  'BUCKETS',
  'HAVE',
  'WANT',
  'PRUNE',
  'GRAFT',
  'SEEN',
  'PING',
]

/** The next line that a server sends, without heartbeats and lines that 0.1.0 skips. */
async function next(peer: Peer): Promise<string> {
  for (;;) {
    const line = (await peer.read()).trimEnd()
    if (line !== 'PING' && !line.startsWith('FEATURES ')) return line
  }
}

t.test('a server of version 0.1.0 that dials is answered as 0.1.0 did', async (t) => {
  const [greeting = '', emptyDigest = '', ...haves] = linesOf('Clark')
  const [, digest, buckets, ...late] = linesOf('Oak')
  const reports = late.filter((line) => line.startsWith('LATE '))
  const herd = await TestHerd.start(t, { topology: PAIR, names: ['Oak'] })
  const ats = reports.map((line) => `${line.slice('LATE '.length)}\n`).join('')
  const feeder = await herd.client(t, 'Oak')
  feeder.write(`${ats}WHATSAT lime 1 0\n`)
  await feeder.read('\n\n')
  const clark = await herd.client(t, 'Oak')
  clark.write(`${greeting}\n`)
  t.match(await next(clark), /^LINK 1 Oak Clark [0-9]+ 8759d2bb$/)
  clark.write(`${emptyDigest}\n`)
  t.equal(await next(clark), digest, 'the digest equals that of 0.1.0')
  t.equal(await next(clark), buckets, 'the digests of the buckets do, too')
  const asked = haves.filter((line) => line.startsWith('HAVE '))
  clark.write(asked.map((line) => `${line}\n`).join(''))
  t.same([await next(clark), await next(clark)].sort(), [...reports].sort())
  const news = haves.find((line) => line.startsWith('AT ')) ?? ''
  // Lines before an answered one have been executed by then.
  clark.write(`${news}\n${emptyDigest}\n`)
  t.match(await next(clark), /^BUCKETS /)
  t.equal((await herd.ask('Oak', 'WHATSAT pear 1 0\n')).split('\n')[0], news)
})

t.test(
  'a server of version 0.1.0 that is dialled links, and is sent nothing that it cannot skip',
  async (t) => {
    const listener = await PeerListener.listen()
    const topology = {
      ...PAIR,
      servers: new Map([...PAIR.servers, ['Oak', { host: '127.0.0.1', port: listener.port }]]),
    }
    const herd = await TestHerd.start(t, { topology, names: ['Clark'] })
    const oak = await listener.next()
    t.teardown(() => {
      oak.destroy()
      listener.close()
    })
    t.match(await oak.read(), /^LINK 1 Clark Oak [0-9]+ [0-9a-f]{8}\n$/)
    oak.write(
      linesOf('Oak')
        .map((line) => `${line}\n`)
        .join(''),
    )
    const sent: string[] = []
    while (!sent.some((line) => line.startsWith('HAVE '))) sent.push(await next(oak))
    const clark = await herd.client(t, 'Clark')
    const newest = new Map(
      linesOf('Oak')
        .filter((line) => / AT |^AT /.test(line))
        .map((line) => line.replace(/^LATE /, ''))
        .map((line) => [line.split(' ')[3] ?? '', line]),
    )
    for (const [client, line] of newest) {
      clark.write(`WHATSAT ${client} 1 0\n`)
      t.equal((await clark.read('\n\n')).split('\n')[0], line)
    }
    for (const line of sent) t.ok(KNOWN.includes(line.split(' ')[0] ?? ''), line.slice(0, 40))
  },
)

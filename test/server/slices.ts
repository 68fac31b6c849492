import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Flood } from '../../src/flood/flood.js'
import { HASHED_PER_TURN, hashed, MAX_TURNS } from '../../src/server/hashing.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import type { Peer } from '../fixtures/peer.js'
import { report } from '../fixtures/reports.js'
import { lonely } from '../fixtures/said.js'

const PAIR = anyPorts({ servers: ['Amber', 'Clark'], links: [['Amber', 'Clark']] })
const MANY = 20 * HASHED_PER_TURN

/** A server that has heard of so many clients. */
function heardOf(clients: number): Flood {
  const flood = lonely('Clark')
  for (let n = 0; n < clients; n += 1) flood.hear(report(`AT Clark +0.1 client-${n} +1+1 1`))
  return flood
}

t.test('a digest is readied in turns, and is the same as at once', async (t) => {
  const [slow, quick] = [heardOf(MANY), heardOf(MANY)]
  quick.hash()
  t.equal(slow.unhashed, MANY)
  const turns = { readying: 0, others: 0 }
  const others = setInterval(() => (turns.others += 1), 0)
  await hashed({
    get unhashed() {
      return slow.unhashed
    },
    hash: (count) => {
      turns.readying += 1
      slow.hash(count)
    },
  })
  clearInterval(others)
  t.same(turns.readying, MANY / HASHED_PER_TURN - 1)
  t.ok(turns.others > 0, 'and others have theirs in between')
  t.ok(slow.unhashed <= HASHED_PER_TURN, `${slow.unhashed} left`)
  t.equal(slow.digest, quick.digest)
})

t.test('a server that hears as much as it hashes meanwhile comes to an end all the same', async (t) => {
  let turns = 0
  const busy = { unhashed: MANY, hash: () => void (turns += 1) }
  await hashed(busy)
  t.equal(turns, MAX_TURNS)
})

/** Clark, who has heard of many clients, none of them hashed, and a neighbour that is linked to him. */
async function busyClark(t: Test): Promise<{ herd: TestHerd; amber: Peer }> {
  const herd = await TestHerd.start(t, { topology: PAIR, names: ['Clark'] })
  const amber = await link(t, herd, 1)
  const iamats = Array.from({ length: MANY }, (_, n) => `IAMAT client-${n} +1+1 1\n`).join('')
  t.equal((await herd.ask('Clark', iamats)).split('\n').length, MANY + 1)
  await amber.read(`client-${MANY - 1} +1+1 1\n`)
  return { herd, amber }
}

async function link(t: Test, herd: TestHerd, incarnation: number): Promise<Peer> {
  const amber = await herd.client(t, 'Clark')
  amber.write(`LINK 1 Amber Clark ${incarnation} 0a1b2c3d\n`)
  await amber.read()
  return amber
}

t.test('what a neighbour says of all it holds is compared when ours is known', async (t) => {
  const { amber } = await busyClark(t)
  amber.write('DIGEST 0123456789abcdef 1\n')
  await amber.read('BUCKETS ')
  const buckets = await amber.read()
  t.match(buckets, /^[0-9a-f]{16384}\n$/)
  const [first, ...others] = buckets.match(/.{16}/g) ?? []
  const changed = first === '0123456789abcdef' ? 'fedcba9876543210' : '0123456789abcdef'
  amber.write(`BUCKETS ${changed}${others.join('')}\n`)
  t.match(await amber.read(), /^HAVE 0 /, 'only one differs')
})

t.test('and clients have their turns meanwhile', async (t) => {
  const { herd, amber } = await busyClark(t)
  const client = await herd.client(t, 'Clark')
  client.write('FOO\n')
  t.equal(await client.read(), '? FOO\n')
  amber.write('DIGEST 0123456789abcdef 1\n')
  while (said(herd).at(-1) !== 'DIGEST 0123456789abcdef 1') await turn()
  client.write('BAR\n')
  await amber.read('BUCKETS ')
  const lines = said(herd)
  const [reply, buckets] = [lines.indexOf('? BAR'), lines.findIndex((line) => line.startsWith('BUCKETS'))]
  t.ok(reply > 0 && reply < buckets, `line ${reply} is the reply, and ${buckets} what was compared`)
})

/** All lines that Clark has logged, in or out. */
function said(herd: TestHerd): string[] {
  return (herd.logs.get('Clark')?.entries ?? []).flatMap((entry) => ('line' in entry ? [entry.line] : []))
}

t.test('of a link that is lost meanwhile nothing is compared', async (t) => {
  const { herd, amber } = await busyClark(t)
  amber.write('DIGEST 0123456789abcdef 1\n')
  amber.end()
  await amber.closed
  const again = await link(t, herd, 2)
  t.match(await again.read(), `DIGEST `)
  again.write('HAVE 0 0123456789abcdef\n')
  t.match(
    await again.read('WANT 0 0123456789abcdef\n'),
    /^(?!.*BUCKETS)/s,
    'the first thing that is asked is answered first',
  )
})

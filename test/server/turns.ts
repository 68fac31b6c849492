import t, { type Test } from 'tap'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { until } from '../fixtures/log.js'
import type { Peer } from '../fixtures/peer.js'

const PAIR = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })

/** Starts Clark, whose neighbour Oak is played by the test, and counts the lines that Clark has received. */
async function clark(t: Test): Promise<{ herd: TestHerd; received: () => number }> {
  const herd = await TestHerd.start(t, { topology: PAIR, names: ['Clark'] })
  return {
    herd,
    received: () => herd.logs.get('Clark')?.entries.filter(({ kind }) => kind === 'in').length ?? 0,
  }
}

/** Opens another connection from Oak to Clark. */
async function oak(t: Test, herd: TestHerd, incarnation: number): Promise<Peer> {
  const peer = await herd.client(t, 'Clark')
  peer.write(`LINK 1 Oak Clark ${incarnation} 0a1b2c3d\n`)
  await peer.read()
  return peer
}

function ats(count: number): string {
  return Array.from({ length: count }, (_, index) => `AT Oak +0.5 client-${index} +34-118 7\n`).join('')
}

const IAMAT = 'IAMAT kiwi +34-118 5\n'

const floods: Record<string, { open: (t: Test, herd: TestHerd) => Promise<Peer>; sent: string }> = {
  'empty lines from a client': { open: (t, herd) => herd.client(t, 'Clark'), sent: '\n'.repeat(50_000) },
  'look-ups whose answers are at hand': {
    open: (t, herd) => herd.client(t, 'Clark'),
    sent: IAMAT + 'WHATSAT kiwi 10 5\n'.repeat(10_000),
  },
  'empty lines from a neighbour': { open: (t, herd) => oak(t, herd, 1), sent: '\n'.repeat(50_000) },
}

for (const [what, { open, sent }] of Object.entries(floods)) {
  t.test(`a flood of ${what} does not keep others waiting`, async (t) => {
    const { herd, received } = await clark(t)
    const flood = await open(t, herd)
    flood.write(sent)
    const lines = sent.split('\n').length - 1
    for (let asked = 1; asked <= 5; asked += 1) t.equal(await herd.ask('Clark', 'FOO\n'), '? FOO\n')
    t.ok(received() < lines / 2, `${received()} of ${lines} lines received`)
    await until(() => received() >= lines)
  })
}

t.test('lines from a neighbour are processed even after it has closed the connection', async (t) => {
  const { herd } = await clark(t)
  const peer = await oak(t, herd, 1)
  peer.write(ats(1_000))
  peer.end()
  await peer.closed
  t.match(await herd.ask('Clark', 'WHATSAT client-999 1 1\n'), /^AT Oak/)
})

t.test('lines from a neighbour are processed even after it has connected again', async (t) => {
  const { herd } = await clark(t)
  const first = await oak(t, herd, 1)
  const second = await herd.client(t, 'Clark')
  first.write(ats(1_000))
  second.write('LINK 1 Oak Clark 2 0a1b2c3d\n')
  await first.closed
  t.match(await herd.ask('Clark', 'WHATSAT client-999 1 1\n'), /^AT Oak/)
})

import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import { freePorts } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { parseTopology, type Topology } from '../../src/topology/topology.js'

const PAIR = { servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] } as const

const [first, second] = [newHerdKey(), newHerdKey()]
const keysOf = (text: string): HerdKeys => parseHerdKeys(text, 'herd.key')

interface Ended {
  readonly herd: TestHerd
  readonly linked: Promise<void>
  readonly failed: Promise<string>
}

/** Starts one server of a pair with the given keys, and records the states of its link. */
async function server(t: Test, topology: Topology, name: string, keys: string): Promise<Ended> {
  let [isLinked, fails]: [() => void, (why: string) => void] = [() => undefined, () => undefined]
  const linked = new Promise<void>((resolve) => (isLinked = resolve))
  const failed = new Promise<string>((resolve) => (fails = resolve))
  const herd = await TestHerd.start(t, {
    topology,
    names: [name],
    security: keys === '' ? {} : { keys: keysOf(keys) },
    onLink: ({ what, why }) => {
      if (what === 'up') isLinked()
      else if (why !== 'nobody listens there') fails(why)
    },
  })
  return { herd, linked, failed }
}

t.test('servers that share a key link, even if each dials with a different key', async (t) => {
  const cases: [clark: string, oak: string][] = [
    [first, first],
    [first + second, first],
    [second, first + second],
    [second + first, first + second],
  ]
  for (const [clarkKeys, oakKeys] of cases) {
    const topology = await freePorts(PAIR)
    const clark = await server(t, topology, 'Clark', clarkKeys)
    const oak = await server(t, topology, 'Oak', oakKeys)
    await Promise.all([clark.linked, oak.linked])
    const at = await clark.herd.ask('Clark', 'IAMAT kiwi +34-118 5\n')
    let reply = ''
    while (!reply.startsWith('AT')) reply = await oak.herd.ask('Oak', 'WHATSAT kiwi 1 1\n')
    t.ok(reply.startsWith(at))
    await Promise.all([clark.herd.herd.stopAll(), oak.herd.herd.stopAll()])
  }
})

t.test('servers without a shared key do not link, nor with a server without keys', async (t) => {
  for (const [oakKeys, why] of [
    [second, 'it has another herd key'],
    ['', 'it has no herd key'],
  ] as const) {
    const topology = await freePorts(PAIR)
    const oak = await server(t, topology, 'Oak', oakKeys)
    const clark = await server(t, topology, 'Clark', first)
    t.equal(await clark.failed, why)
    await Promise.all([clark.herd.herd.stopAll(), oak.herd.herd.stopAll()])
  }
})

t.test('with a key, commands between servers are refused from anyone without it', async (t) => {
  const clark = await server(t, await freePorts(PAIR), 'Clark', first)
  for (const line of ['AT Oak +0.5 kiwi +34-118 7', 'STATUS proxyherd', 'PING', 'FOO'])
    t.equal(await clark.herd.ask('Clark', `${line}\n`), `? ${line}\n`)
  t.equal(
    await clark.herd.ask('Clark', 'LINK 1 Oak Clark 1 0a1b2c3d\n'),
    'NOLINK only who has the herd key may say this\n',
  )
  t.match(await clark.herd.ask('Clark', 'IAMAT kiwi +34-118 5\nWHATSAT kiwi 1 1\n'), /^AT .*\nAT /)
  const entries = clark.herd.logs.get('Clark')?.entries
  t.match(
    entries?.find(({ kind }) => kind === 'refused'),
    { line: /^AT Oak/, why: 'only who has the herd key may say this' },
  )
})

t.test('a silent connection does not delay stopping', async (t) => {
  const clark = await server(t, await freePorts(PAIR), 'Clark', first)
  const silent = await clark.herd.client(t, 'Clark')
  await clark.herd.herd.stopAll()
  t.equal(await silent.closed, '')
})

t.test(
  'a reachable server without a key accepts servers only from the hosts of its neighbours',
  async (t) => {
    const oak = { host: '127.0.0.1', port: 1 }
    const elm = { host: '192.0.2.7', port: 1 }
    const at = 'AT Oak +0.5 kiwi +34-118 7'
    const open = { host: '0.0.0.0', port: 0 }
    for (const [place, neighbour, isTrusted] of [
      [open, oak, true],
      [open, elm, false],
      // The neighbour connects through a tunnel, and so can anyone else.
      [{ host: 'localhost', port: 0, listen: '0.0.0.0' }, elm, false],
      // The neighbour connects through a proxy, and others come from its address, too.
      [{ host: 'clark.example', port: 0, listen: '127.0.0.1' }, elm, false],
    ] as const) {
      const topology = parseTopology(
        JSON.stringify({
          servers: { Clark: place, Oak: neighbour },
          links: [['Clark', 'Oak']],
        }),
        'test',
      )
      const clark = await TestHerd.start(t, { topology, names: ['Clark'] })
      const ask = (line: string): Promise<string> => clark.ask('Clark', `${line}\n`)
      if (isTrusted) {
        while ((await ask(at)) !== '') continue
        t.match(await ask('STATUS proxyherd'), /^STATUS/)
        t.match(await ask('LINK 1 Oak Clark 1 0a1b2c3d'), /^LINK 1 Clark Oak/)
      } else {
        t.equal(await ask(at), `? ${at}\n`)
        t.equal(await ask('STATUS proxyherd'), '? STATUS proxyherd\n')
        t.match(
          await ask('LINK 1 Oak Clark 1 0a1b2c3d'),
          /^NOLINK without a herd key, only hosts of neighbours/,
        )
      }
      t.match(await ask('IAMAT lime +34-118 7'), /^AT Clark/)
      await clark.herd.stopAll()
    }
  },
)

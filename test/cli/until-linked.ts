import t, { type Test } from 'tap'
import { HerdProbe } from '../../src/cli/herd-probe.js'
import { untilLinked } from '../../src/cli/until-linked.js'
import { parseTopology } from '../../src/topology/topology.js'
import { PeerListener } from '../fixtures/peer.js'
import { PAIR, statusPlace } from '../fixtures/status-place.js'
import { standing, statusServer, upLink } from '../fixtures/status.js'
import { Terminal } from '../fixtures/terminal.js'

/** Waits for Elm and Oak, which listen on these ports. */
async function linked(
  t: Test,
  ports: readonly Pick<PeerListener, 'port'>[],
  waitMs = 60_000,
): ReturnType<typeof untilLinked> {
  const [elm, oak] = ports.map(({ port }) => ({ host: '127.0.0.1', port }))
  const servers = { Elm: elm, Oak: oak }
  const topology = parseTopology(JSON.stringify({ servers, links: PAIR.links }), 'test')
  const probe = new HerdProbe(topology.servers, { timeoutMs: 600_000 })
  t.teardown(() => {
    probe.close()
  })
  return untilLinked(probe, topology, { waitMs, timeoutMs: 600_000 }, new AbortController().signal)
}

t.test('--wait returns when all servers are up and linked', async (t) => {
  const { start, status } = await statusPlace(t, PAIR)
  const waiting = status(['--wait', '60s'])
  const herd = await start()
  t.match(await waiting.ended, {
    code: 0,
    stdout: /^Server [^]* 1\/1 +none +[0-9.]+ kB\nOak [^]*\nin sync: 2 servers, 0 clients, /,
    stderr: '',
  })
  herd.herd.cut('Elm', 'Oak')
  t.match(await status(['--wait', '0.1']).ended, {
    code: 1,
    stdout: /^Elm–Oak +down\n\nnot in sync: isolated, linked to no neighbour: Elm and Oak$/m,
  })
  const again = status(['--wait', '60', '--json'])
  herd.herd.mend('Elm', 'Oak')
  const { code, stdout } = await again.ended
  t.equal(code, 0)
  t.match(JSON.parse(stdout), { servers: [{ status: { links: [{ state: 'up' }] } }, { name: 'Oak' }] })
})

t.test('--wait ends with the usual table when the time is up', async (t) => {
  const { start, status } = await statusPlace(t, PAIR)
  await start({ names: ['Elm'] })
  t.match(await status(['--wait', '0.1s']).ended, {
    code: 1,
    stdout: /^Server [^]*\nElm–Oak +down\n\nnobody listens on [^]*\nnot in sync: Oak gave no status\n$/,
  })
})

t.test('Ctrl-C ends the wait', async (t) => {
  const { folder, start, status } = await statusPlace(t, { servers: PAIR.servers, links: [] })
  const herd = await start({ names: ['Elm'] })
  const early = new Terminal()
  early.interrupt()
  t.equal(await early.run('herd', 'status', '--topology', `${folder}/topology.json`, '--wait', '60'), 1)
  t.equal(early.stdout.text, '')
  const silent = await PeerListener.listen(herd.herd.addressOf('Oak')?.port)
  t.teardown(() => {
    silent.close()
  })
  const { terminal, ended } = status(['--wait', '60'])
  await (await silent.next()).read('STATUS proxyherd\n')
  terminal.interrupt()
  t.same(await ended, { code: 1, stdout: '', stderr: '' })
})

t.test('wrong usage of --wait', async (t) => {
  const { status } = await statusPlace(t, PAIR)
  for (const [argv, stderr] of [
    [['--wait', '5x'], 'proxyherd: --wait: "5x" is not a time such as 500ms, 5s or 1h30m\n'],
    [['--wait', '0s'], 'proxyherd: --wait: "0s" is not more than 0 s\n'],
    [['--wait', '5s', '--watch'], 'proxyherd: --wait and --watch exclude each other\n'],
  ] as const)
    t.same(await status([...argv]).ended, { code: 2, stdout: '', stderr })
})

t.test('servers that are linked need not be in sync yet', async (t) => {
  const elm = await statusServer(t, [
    standing('Elm', { links: [{ neighbour: 'Oak', state: 'down' }] }),
    standing('Elm', { links: [upLink('Oak')] }),
  ])
  const oak = await statusServer(t, [standing('Oak', { digest: 'f'.repeat(16), links: [upLink('Elm')] })])
  t.match(await linked(t, [elm, oak]), { isLinked: true, result: { rounds: 1 } })
})

t.test('--wait waits for engines, too', async (t) => {
  const engine = upLink('nats:geo', { kind: 'engine', lastComparison: null })
  const elm = await statusServer(t, [
    standing('Elm', {
      links: [upLink('Oak'), { neighbour: 'nats:geo', state: 'down', fault: 'it is away' }],
    }),
    standing('Elm', { links: [upLink('Oak'), engine] }),
  ])
  const oak = await statusServer(t, [standing('Oak', { links: [upLink('Elm')] })])
  t.match(await linked(t, [elm, oak]), {
    isLinked: true,
    result: {
      servers: [{ answer: { status: { links: [{}, { neighbour: 'nats:geo', state: 'up' }] } } }, {}],
    },
  })
})

t.test('a server of another program is up if its neighbours say so', async (t) => {
  const elm = await statusServer(t, [standing('Elm', { links: [upLink('Oak', { kind: 'plain' })] })])
  const oak = await PeerListener.listen()
  const { port } = oak
  oak.close()
  t.match(await linked(t, [elm, { port }]), { isLinked: true })
})

t.test(
  'a server that does not answer is waited for no longer than a second after the time is up',
  async (t) => {
    const elm = await statusServer(t, [standing('Elm', { links: [upLink('Oak')] })])
    const oak = await PeerListener.listen()
    t.teardown(() => {
      oak.close()
    })
    const { result, isLinked } = await linked(t, [elm, oak], 100)
    t.equal(isLinked, false)
    t.match(result.servers[1], { answer: { why: /^Oak gave no answer within 1 s$/ } })
  },
)

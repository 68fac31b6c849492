import t from 'tap'
import { freePorts } from '../fixtures/files.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'

const PAIR = { servers: ['Elm', 'Oak'], links: [['Elm', 'Oak']] as [string, string][] }

t.test(
  'a stale report is logged with the report that was kept, and otherwise answered like any other',
  async (t) => {
    const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Elm'], links: [] }) })
    const reports = [
      'IAMAT kiwi +34-118 9',
      'IAMAT kiwi +35-118 8',
      'IAMAT kiwi +34-118 9',
      'IAMAT fig +1+1 8',
    ]
    const replies = await herd.ask('Elm', `${reports.join('\n')}\n`)
    t.equal(replies.split('\n').length, 5)
    const [kept] = replies.split('\n')
    const entries = herd.logs.get('Elm')?.entries ?? []
    t.match(
      entries.filter(({ kind }) => kind === 'stale'),
      [
        { kind: 'stale', who: /^127\.0\.0\.1:/, line: kept },
        { kind: 'stale', line: kept },
      ],
    )
  },
)

/** The lines that Elm has logged from and to Oak. */
function exchanged(herd: TestHerd): string[] {
  return (herd.logs.get('Elm')?.entries ?? []).flatMap((entry) =>
    (entry.kind === 'in' || entry.kind === 'out') && entry.peer === 'neighbour'
      ? [`${entry.kind} ${entry.line}`]
      : [],
  )
}

t.test('a greeting and its answer are logged, heartbeats are not', async (t) => {
  const herd = await TestHerd.start(t, { topology: anyPorts(PAIR), names: ['Elm'] })
  const oak = await herd.linkFrom(t, 'Oak', 'Elm')
  oak.write('PING 7\n')
  oak.skipsHeartbeats = false
  for (let line = ''; line !== 'PONG 7\n'; line = await oak.read());
  oak.write('AT Oak +0.5 kiwi +34-118 9\nWHATSAT kiwi 0 0\n')
  oak.end()
  await oak.closed
  const lines = exchanged(herd)
  t.match(lines.slice(0, 2), [/^out LINK 1 Elm Oak /, /^out FEATURES /])
  t.ok(lines.includes('in AT Oak +0.5 kiwi +34-118 9'))
  t.notOk(lines.some((line) => line.includes('PING') || line.includes('PONG')))
  t.equal(lines.filter((line) => line.startsWith('in')).length, 2, 'each line once')
})

t.test('what a server of another program answers to a greeting is logged', async (t) => {
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  const topology = await freePorts(PAIR)
  const servers = new Map(topology.servers)
  servers.set('Oak', { host: '127.0.0.1', port: listener.port })
  const herd = await TestHerd.start(t, { topology: { ...topology, servers }, names: ['Elm'] })
  const oak = await listener.next()
  const greeting = await oak.read()
  oak.write(`? ${greeting}`)
  await oak.closed
  t.same(exchanged(herd), [`out ${greeting.trimEnd()}`, `in ? ${greeting.trimEnd()}`])
})

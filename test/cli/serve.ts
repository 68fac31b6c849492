import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { formatLinkChange } from '../../src/cli/serve.js'
import { BlockWriter } from '../../src/store/block.js'
import { formatSegmentHeader } from '../../src/store/file-header.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { PeerListener } from '../fixtures/peer.js'
import { report } from '../fixtures/reports.js'
import { Terminal } from '../fixtures/terminal.js'

t.test('each change of a link is one line', async (t) => {
  const news = { server: 'Clark', neighbour: 'Oak' }
  const cases = [
    ['up', '', 'linked to Oak'],
    ['up', 'its topology is not the same', 'linked to Oak, but its topology is not the same'],
    ['lost', 'it closed the connection', 'lost the link to Oak: it closed the connection'],
    ['flapping', 'lost 5 times in 9 s', 'the link to Oak is flapping: lost 5 times in 9 s'],
    ['unreachable', 'nobody listens there', 'cannot reach Oak yet: nobody listens there; retrying'],
  ] as const
  for (const [what, why, words] of cases) t.equal(formatLinkChange({ ...news, what, why }), words)
  t.equal(
    formatLinkChange({ server: 'Clark', neighbour: 'nats:geo', what: 'up', why: '' }),
    'linked to the engine nats:geo',
  )
})

t.test('a neighbour that is served as a classic server is reported', async (t) => {
  const topology = await freePorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })
  const oak = await PeerListener.listen()
  const servers = new Map([...topology.servers, ['Oak', { host: '127.0.0.1', port: oak.port }]])
  const folder = t.testdir({ 'herd.json': topologyFile({ servers, links: topology.links }) })
  const clark = new Terminal()
  const ended = clark.run('serve', 'Clark', '--topology', `${folder}/herd.json`, '--state', `${folder}/state`)
  const peer = await oak.next()
  peer.write(`? ${await peer.read()}`)
  await clark.stdout.shows(
    'linked to Oak, but it does not answer as proxyherd, and is served as a classic server\n',
  )
  clark.interrupt()
  t.equal(await ended, 0)
  oak.close()
})

t.test('a server that stops does not report the links that it loses', async (t) => {
  const topology = await freePorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })
  const folder = t.testdir({ 'herd.json': topologyFile(topology) })
  const flags = ['--topology', `${folder}/herd.json`, '--state', `${folder}/state`]
  const [clark, oak] = [new Terminal(), new Terminal()]
  const ended = [clark.run('serve', 'Clark', ...flags), oak.run('serve', 'Oak', ...flags)]
  await clark.stdout.shows('linked to Oak\n')
  clark.interrupt()
  await oak.stdout.shows('lost the link to Clark')
  oak.interrupt()
  t.same(await Promise.all(ended), [0, 0])
  t.notMatch(clark.stdout.text, 'lost')
})

for (const argv of [
  ['serve', 'Clark'],
  ['herd', 'up', 'Clark'],
])
  t.test(`${argv.join(' ')} ends at the first signal while it loads`, async (t) => {
    const topology = await freePorts({ servers: ['Clark'], links: [] })
    const folder = t.testdir({ 'herd.json': topologyFile(topology) })
    const state = `${folder}/state`
    const block = new BlockWriter()
    block.add(report('AT Clark +0.5 kiwi +34-118 5'))
    mkdirSync(`${state}/data/Clark`, { recursive: true })
    const content = [Buffer.from(formatSegmentHeader('Clark', undefined)), block.take()]
    writeFileSync(`${state}/data/Clark/00000001.journal`, Buffer.concat(content), { mode: 0o600 })
    const terminal = new Terminal()
    const ended = terminal.run(...argv, '--topology', `${folder}/herd.json`, '--state', state)
    terminal.interrupt()
    t.equal(await ended, 0)
    t.equal(terminal.stdout.text, '')
    t.match(readdirSync(`${state}/data/Clark`), ['00000001.journal'])
  })

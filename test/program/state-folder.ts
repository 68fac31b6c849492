import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Topology } from '../../src/topology/topology.js'
import { tableAt } from '../fixtures/server-queries.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { until } from '../fixtures/log.js'
import { Peer } from '../fixtures/peer.js'
import { programs } from '../fixtures/program.js'
import { Terminal } from '../fixtures/terminal.js'

const PAIR = { servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] } as const

interface Place {
  readonly topology: Topology
  readonly state: string
  /** To use the topology and the state folder. */
  readonly flags: readonly string[]
}

async function place(t: Test): Promise<Place> {
  const topology = await freePorts(PAIR)
  const folder = t.testdir({ 'topology.json': topologyFile(topology) })
  const state = `${folder}/state`
  return { topology, state, flags: ['--topology', `${folder}/topology.json`, '--state', state] }
}

async function ask(topology: Topology, server: string, line: string): Promise<string> {
  const client = await Peer.connect(topology.servers.get(server)?.port ?? 0)
  client.write(`${line}\n`)
  client.end()
  return client.closed
}

for (const argv of [
  ['serve', 'Clark'],
  ['herd', 'up'],
])
  t.test(
    `${argv.join(' ')} that stops with reports that could not be saved ends with 1 and says how many`,
    async (t) => {
      const { topology, state, flags } = await place(t)
      const terminal = new Terminal()
      const ended = terminal.run(...argv, ...flags)
      await terminal.stdout.shows('Clark')
      for (const client of ['kiwi', 'lime', 'fig'])
        t.match(await ask(topology, 'Clark', `IAMAT ${client} +34-118 5`), /^AT/)
      rmSync(`${state}/data`, { recursive: true })
      writeFileSync(`${state}/data`, '')
      terminal.interrupt()
      t.equal(await ended, 1)
      const unsaved = [
        ...terminal.stderr.text.matchAll(/^proxyherd: (\w+): stopped with reports .* \S+\/data\/\1: 3$/gm),
      ]
      t.equal(unsaved.length, argv[0] === 'serve' ? 1 : 2, terminal.stderr.text)
    },
  )

t.test('a removed state folder is created again, which is printed and logged', async (t) => {
  const { topology, state, flags } = await place(t)
  const terminal = new Terminal()
  const ended = terminal.run('serve', 'Clark', ...flags)
  await terminal.stdout.shows('listens on')
  await ask(topology, 'Clark', 'IAMAT kiwi +34-118 5')
  await until(() => readFileSync(`${state}/logs/Clark.log`, 'utf8').includes('kiwi'))
  // Otherwise pending writes of both could disturb the removal.
  rmSync(state, { recursive: true, maxRetries: 20 })
  await ask(topology, 'Clark', 'IAMAT lime +34-118 5')
  await terminal.stderr.shows('are written again')
  terminal.interrupt()
  t.equal(await ended, 0)
  t.match(terminal.stderr.text.split('\n'), [
    /^proxyherd: Clark: the data in \S+ are lost: the folder was removed or replaced; all reports are in memory/,
    /^proxyherd: Clark: the data in \S+ are written again$/,
    /^$/,
  ])
  const log = readFileSync(`${state}/logs/Clark.log`, 'utf8')
  for (const why of ['the log was removed or moved away', 'are lost: ', 'are written again'])
    t.match(log, why)
})

t.test(
  'with --durability commit, reports acknowledged after the state folder was removed survive kill -9',
  async (t) => {
    const run = programs(t)
    const { topology, state, flags } = await place(t)
    const port = topology.servers.get('Clark')?.port ?? 0
    const acknowledged = new Map<string, string>()
    for (let round = 0; round < 4; round += 1) {
      const server = run(['serve', 'Clark', '--durability', 'commit', ...flags])
      await server.prints('listens on')
      const table = await tableAt(port, [...acknowledged.keys()])
      t.same(table, acknowledged, `all ${acknowledged.size} that were acknowledged`)
      const client = await Peer.connect(port)
      const report = async (id: string): Promise<boolean> => {
        client.write(`IAMAT ${id} +34-118 5\n`)
        const reply = await client.read()
        if (reply.startsWith('AT ')) acknowledged.set(id, reply.trimEnd())
        return reply.startsWith('AT ')
      }
      for (let n = 0; n < 5; n += 1) await report(`before-${round}-${n}`)
      // While a report is being written.
      const during = report(`during-${round}`)
      if (round % 2 === 0) renameSync(state, `${state}.${round}`)
      else rmSync(state, { recursive: true, maxRetries: 20 })
      await during
      for (let n = 0; !(await report(`after-${round}-${n}`)); n += 1);
      server.kill('SIGKILL')
      await server.ended
      await until(() => server.errors.includes('are written again'))
      client.destroy()
    }
  },
)

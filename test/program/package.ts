import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import t from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { programs } from '../fixtures/program.js'
import { Terminal } from '../fixtures/terminal.js'

const ALONE = { servers: ['Clark'], links: [] } as const

t.test('the package runs a server that finds all its files, without another package', async (t) => {
  const topology = topologyFile(await freePorts(ALONE))
  const run = programs(t)
  const folder = t.testdir({ 'topology.json': topology })
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    encoding: 'utf8',
  })
  const [{ files }] = JSON.parse(packed) as [{ files: { path: string }[] }]
  const paths = files.map(({ path }) => path)
  for (const path of paths) cpSync(path, `${folder}/package/${path}`)
  t.same(
    paths.filter((path) => path.startsWith('dist/')).sort(),
    [
      'cities/ends.bin',
      'cities/records.json',
      'cities/tree.bin',
      'cli/licences.txt',
      'cli/proxyherd.cjs',
    ].map((path) => `dist/${path}`),
  )
  const program = `${folder}/package/bin/proxyherd.js`
  const flags = ['--topology', `${folder}/topology.json`]
  const server = run(['serve', 'Clark', ...flags, '--state', `${folder}/state`], { program })
  await server.prints('Clark listens on')
  const terminal = new Terminal()
  const commands = ['IAMAT kiwi +34.068930-118.445127 1621464827.9', 'WHATSAT kiwi 10 1']
  t.equal(await terminal.run('send', 'Clark', ...commands, ...flags), 0)
  t.match(terminal.stdout.text, '"name": "Westwood"')
  t.match(await run(['herd', 'check'], { program }).output(), 'no problems found')
})

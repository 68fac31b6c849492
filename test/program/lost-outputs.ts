import { existsSync, readFileSync, writeFileSync, chmodSync } from 'node:fs'
import t, { type Test } from 'tap'
import { newHerdKey } from '../../src/net/herd-key.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { until } from '../fixtures/log.js'
import { programs, type Program } from '../fixtures/program.js'
import { Terminal } from '../fixtures/terminal.js'

const PAIR = { servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] } as const
const IAMAT = 'IAMAT kiwi +34.06-118.44 1621464827.9'
const FULL = 'proxyherd: cannot write to standard output: the disk is full; the servers keep running\n'

interface Place {
  readonly folder: string
  readonly run: (argv: readonly string[], redirect?: string) => Program
  readonly log: () => string
}

/** A folder with the topology of a pair and a herd key, and how to run the program there. */
async function place(t: Test): Promise<Place> {
  const topology = topologyFile(await freePorts(PAIR))
  const run = programs(t)
  const folder = t.testdir({ 'topology.json': topology, 'herd.key': newHerdKey() })
  chmodSync(`${folder}/herd.key`, 0o600)
  const env = { PROXYHERD_STATE: `${folder}/state` }
  const path = `${folder}/state/logs/Clark.log`
  return {
    folder,
    run: (argv, redirect = '') => run([...argv, '--topology', `${folder}/topology.json`], { env, redirect }),
    log: () => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
  }
}

/** Makes servers print and warn; checks that they keep running and end cleanly. */
async function goesOn(t: Test, { folder, log }: Place, servers: Program): Promise<void> {
  await until(() => log().includes('listening'))
  writeFileSync(`${folder}/herd.key`, 'nothing')
  servers.kill('SIGHUP')
  // It has printed what it reloaded, and a warning for what it could not reload.
  await until(() => /"fault".*\n(.*\n)*.*"reloaded"/.test(log()))
  const client = new Terminal()
  t.equal(await client.run('send', 'Clark', IAMAT, '--topology', `${folder}/topology.json`), 0)
  servers.kill('SIGTERM')
  t.equal(await servers.ended, 0)
  // A server logs this when its reports are committed.
  t.match(log(), /"stopped"\}\n$/)
}

for (const [argv, redirect] of [
  [['serve', 'Clark'], '> /dev/full'],
  [['serve', 'Clark'], '2> /dev/full'],
  [['herd', 'up'], '> /dev/full 2>&1'],
  [['herd', 'up'], '>&- 2>&-'],
] as const)
  void t.test(`${argv.join(' ')} ${redirect} keeps serving`, async (t) => {
    const where = await place(t)
    const servers = where.run([...argv, '--herd-key', `${where.folder}/herd.key`], redirect)
    await goesOn(t, where, servers)
    if (redirect === '> /dev/full') t.ok(servers.errors.startsWith(FULL))
  })

for (const argv of [
  ['serve', 'Clark'],
  ['herd', 'up'],
])
  void t.test(`${argv.join(' ')} keeps serving when the readers of its outputs are gone`, async (t) => {
    const where = await place(t)
    const servers = where.run([...argv, '--herd-key', `${where.folder}/herd.key`])
    await servers.prints('Clark')
    servers.process.stdout.destroy()
    servers.process.stderr.destroy()
    await goesOn(t, where, servers)
  })

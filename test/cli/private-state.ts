import { chmodSync, linkSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeStatePrivate } from '../../src/cli/private-state.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { programs, type Program } from '../fixtures/program.js'
import { Terminal } from '../fixtures/terminal.js'
import { CLASSIC } from '../fixtures/topologies.js'

/** The permissions of a file or folder. */
function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

/** A folder and everything in it. */
function allUnder(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return [folder, ...names.map((name) => join(folder, name))]
}

/** The paths that others than their owner may use. */
function openTo(paths: readonly string[]): string[] {
  return paths.filter((path) => (modeOf(path) & 0o077) !== 0)
}

/** Gives everybody the owner's permissions, nearly as earlier versions did. */
function expose(paths: readonly string[]): void {
  for (const path of paths) chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644)
}

const STOPPING = 'proxyherd: stopping\n'

t.test('servers keep their state private, including what an earlier version left', async (t) => {
  const topology = await freePorts(CLASSIC)
  const run = programs(t)
  const folder = t.testdir({ 'topology.json': topologyFile(topology) })
  const state = join(folder, 'deep', 'state')
  const flags = ['--topology', `${folder}/topology.json`, '--state', state]
  const during = async (
    argv: string[],
    mark: string,
    act: () => void = () => undefined,
  ): Promise<Program> => {
    const program = run([...argv, ...flags])
    await program.prints(mark)
    await run(['send', 'Clark', 'IAMAT kiwi +34-118 5', '--topology', `${folder}/topology.json`]).output()
    act()
    program.kill('SIGTERM')
    await program.ended
    return program
  }
  const first = await during(['herd', 'up'], 'all 6 links are up', () => {
    t.same(openTo(allUnder(join(folder, 'deep'))), [], 'while it runs')
  })
  t.equal(first.errors, STOPPING)
  const all = allUnder(state)
  t.same(openTo(all), [], 'after it')
  for (const file of [...CLASSIC.servers.map((name) => `logs/${name}.log`), 'data/Clark/00000001.journal'])
    t.equal(modeOf(join(state, file)), 0o600, file)
  for (const name of ['', 'logs', 'data', 'data/Clark']) t.equal(modeOf(join(state, name)), 0o700, name)

  const exposed = all.filter((path) => path !== state)
  expose(exposed)
  const second = await during(['serve', 'Clark'], 'listens on')
  t.equal(
    second.errors,
    `proxyherd: files and folders in ${state} that other users could read, now private: ${exposed.length}\n${STOPPING}`,
  )
  t.same(openTo(allUnder(state)), [])
  const third = await during(['serve', 'Clark'], 'listens on')
  t.equal(third.errors, STOPPING, 'it is reported once')
})

t.test('the number of files made private is printed', async (t) => {
  const topology = topologyFile(await freePorts({ servers: ['Clark'], links: [] }))
  const folder = t.testdir({ 'topology.json': topology, state: { logs: { 'Clark.log': '' } } })
  expose(allUnder(folder))
  const server = new Terminal()
  const flags = ['--topology', `${folder}/topology.json`, '--state', `${folder}/state`]
  const ended = server.run('serve', 'Clark', ...flags)
  await server.stdout.shows('listens on')
  server.interrupt()
  t.equal(await ended, 0)
  t.match(server.stderr.text, / that other users could read, now private: 2\n$/)
  t.same(openTo(allUnder(`${folder}/state`)), [`${folder}/state`])
})

t.test('only files of proxyherd are made private', async (t) => {
  const folder = t.testdir({
    state: {
      logs: { 'Clark.log': '', 'Clark.log.1': '', 'notes.txt': '' },
      data: {
        Clark: { LABEL: '', '000005.log': '', lost: { '000003.ldb': '' } },
        Elm: { '00000001.journal': '' },
        photos: { 'a.jpg': '' },
      },
      other: { 'Oak.log': '' },
      'Elm.log': '',
    },
    elsewhere: { 'Oak.log': '', LABEL: '', hard: '' },
  })
  const state = join(folder, 'state')
  symlinkSync(join(folder, 'elsewhere', 'Oak.log'), join(state, 'logs', 'Oak.log'))
  symlinkSync(join(folder, 'elsewhere'), join(state, 'data', 'Oak'))
  linkSync(join(folder, 'elsewhere', 'hard'), join(state, 'logs', 'hard.log'))
  const all = [...allUnder(state), ...allUnder(join(folder, 'elsewhere'))]
  expose(all)
  const ours = [
    ...['logs/Clark.log', 'logs/Clark.log.1'],
    ...['data/Clark', 'data/Clark/LABEL', 'data/Clark/000005.log'],
    ...['data/Clark/lost', 'data/Clark/lost/000003.ldb', 'data/Elm', 'data/Elm/00000001.journal'],
  ].map((name) => join(state, name))
  t.equal(await makeStatePrivate(state), ours.length)
  t.same(all.filter((path) => !openTo([path]).includes(path)).sort(), ours.sort())
  t.equal(await makeStatePrivate(state), 0)
})

t.test('an empty folder, a link, or a missing folder is left alone', async (t) => {
  const folder = t.testdir({ empty: { logs: {}, data: {} }, linked: {}, away: { 'Clark.log': '' } })
  symlinkSync(join(folder, 'away'), join(folder, 'linked', 'logs'))
  expose(allUnder(folder))
  for (const state of ['empty', 'linked', 'none'])
    t.equal(await makeStatePrivate(join(folder, state)), 0, state)
  const away = join(folder, 'away')
  mkdirSync(join(away, 'data', 'Clark'), { recursive: true })
  mkdirSync(join(away, 'logs'))
  for (const file of ['data/Clark/LABEL', 'logs/Clark.log']) writeFileSync(join(away, file), '')
  expose(allUnder(away))
  t.equal(await makeStatePrivate(away), 5, 'three folders and two files')
  t.same(openTo(allUnder(away)), [away, join(away, 'Clark.log')])
})

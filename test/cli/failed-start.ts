import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { UncaughtError } from '../../src/cli/streams.js'
import { PeerListener } from '../fixtures/peer.js'
import { Terminal } from '../fixtures/terminal.js'

const ELM = { host: '127.0.0.1', port: 0 }

/** Writes a topology file; returns its path. */
function topology(folder: string, servers: object, links: [string, string][] = []): string {
  writeFileSync(`${folder}/herd.json`, JSON.stringify({ servers, links }))
  return `${folder}/herd.json`
}

/** Starts Elm, which can listen, and Oak, whose port is taken. */
async function fail(t: Test, folder: string, state: string): Promise<void> {
  const taken = await PeerListener.listen()
  t.teardown(() => {
    taken.close()
  })
  const file = topology(folder, { Elm: ELM, Oak: { ...ELM, port: taken.port } }, [['Elm', 'Oak']])
  const terminal = new Terminal()
  t.equal(await terminal.run('herd', 'up', '--topology', file, '--state', state), 1)
  t.match(terminal.stderr.text, /is taken, so Oak cannot listen/)
}

t.test('a start that fails leaves no folder behind', async (t) => {
  const folder = t.testdir()
  await fail(t, folder, `${folder}/new/state`)
  t.same(readdirSync(folder), ['herd.json'])
})

t.test('a start that fails leaves what was there before', async (t) => {
  const folder = t.testdir()
  mkdirSync(`${folder}/state/logs`, { recursive: true })
  writeFileSync(`${folder}/state/logs/Elm.log`, 'as before\n')
  await fail(t, folder, `${folder}/state`)
  t.same(readdirSync(`${folder}/state`), ['logs'])
  t.same(readdirSync(`${folder}/state/logs`), ['Elm.log'])
  t.match(readFileSync(`${folder}/state/logs/Elm.log`, 'utf8'), /^as before\n/)
})

t.test('a state folder below /proc is an error', async (t) => {
  const file = topology(t.testdir(), { Elm: ELM })
  const terminal = new Terminal()
  t.equal(await terminal.run('serve', 'Elm', '--topology', file, '--state', '/proc/none'), 1)
  t.match(
    terminal.stderr.text,
    /^proxyherd: the log \/proc\/none\/logs\/Elm.log cannot be written: no folder can be made in \/proc\n/,
  )
})

t.test('a start names the faults of its topology', async (t) => {
  const folder = t.testdir()
  const file = topology(folder, { Elm: ELM, Oak: { ...ELM, host: '127.0.0.1' }, Ash: ELM }, [['Elm', 'Oak']])
  const terminal = new Terminal()
  const ended = terminal.run('herd', 'up', '--topology', file, '--state', `${folder}/state`)
  await terminal.stdout.shows('the link is up')
  terminal.interrupt()
  t.equal(await ended, 0)
  t.equal(
    terminal.stderr.text,
    `proxyherd: ${file}: not connected: 2 groups without a link between them, which need links or an engine: Elm and Oak; Ash (no link)\n`,
  )
})

t.test('servers that end because of a bug log it and keep their reports', async (t) => {
  const folder = t.testdir()
  const argv = ['serve', 'Elm', '--topology', topology(folder, { Elm: ELM }), '--state', `${folder}/state`]
  const terminal = new Terminal()
  const ended = terminal.run(...argv)
  await terminal.stdout.shows('listens on')
  const [, at = ''] = /listens on (\S+),/.exec(terminal.stdout.text) ?? []
  const client = new Terminal()
  t.equal(await client.run('send', at, 'IAMAT kiwi +34-118 1'), 0)
  terminal.interrupt(new UncaughtError('internal error: Error: a bug'))
  await ended
  const log = readFileSync(`${folder}/state/logs/Elm.log`, 'utf8')
  t.match(log, /"kind":"server","what":"fault","why":"internal error: Error: a bug"\}\n.*"stopped"\}\n$/)
  t.ok(existsSync(`${folder}/state/data/Elm`))
  const again = new Terminal()
  const endedAgain = again.run(...argv)
  await again.stdout.shows('listens on')
  const [, next = ''] = /listens on (\S+),/.exec(again.stdout.text) ?? []
  const asking = new Terminal()
  t.equal(await asking.run('send', next, 'WHATSAT kiwi 10 0'), 0)
  t.match(asking.stdout.text, client.stdout.text)
  again.interrupt()
  t.equal(await endedAgain, 0)
})

import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { engineForget } from '../../src/cli/engine-forget.js'
import type { ForgetOptions } from '../../src/engine/forget-carrier.js'
import { freePort } from '../fixtures/files.js'
import { Terminal } from '../fixtures/terminal.js'

const TOPOLOGY = '{ "name": "geo", "servers": { "Clark": { "host": "127.0.0.1", "port": 1 } }, "links": [] }'
const ENGINE = { servers: ['127.0.0.1:4222'], isTls: false }

/** Runs the command with an engine that does this. */
async function forget(
  t: Test,
  engine: (options: ForgetOptions, interrupt: () => void) => Promise<number>,
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const folder = t.testdir({ 'herd.json': TOPOLOGY, 'user.txt': 'clark:secret\n' })
  chmodSync(`${folder}/user.txt`, 0o644)
  const terminal = new Terminal()
  const options = {
    engine: 'nats://127.0.0.1',
    engineCredentials: `${folder}/user.txt`,
    topology: `${folder}/herd.json`,
  }
  const stop = new AbortController()
  const { stdin, stdout, stderr } = terminal
  const streams = { stdin, stdout, stderr, env: {}, signal: stop.signal, keepRunning: () => undefined }
  const interrupt = (): void => {
    stop.abort()
  }
  const code = await engineForget('Elm', options, streams, (asked) => engine(asked, interrupt)).catch(
    (error: unknown) => (error as Error).message,
  )
  return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text.replaceAll(folder, '.') }
}

t.test('engine forget says how many reports it has removed', async (t) => {
  const asked: ForgetOptions[] = []
  const outcome = await forget(t, async (options) => {
    asked.push(options)
    return 2
  })
  t.same(outcome, {
    code: 0,
    stdout:
      'removed 2 reports of Elm from the engine nats:geo; the other servers publish what it lacks within two minutes\n',
    stderr: 'proxyherd: other users have access to ./user.txt: run "chmod 600 ./user.txt"\n',
  })
  t.match(asked, [{ herd: 'geo', carrier: 'Elm', servers: ENGINE.servers }])
  t.match(await forget(t, async () => 0), { code: 0, stdout: 'the engine nats:geo had no reports of Elm\n' })
})

t.test('engine forget says what the engine refuses, and ends quietly on Ctrl-C', async (t) => {
  t.match(await forget(t, () => Promise.reject(new Error('it is away'))), {
    code: 'cannot remove the reports of Elm from the engine nats:geo: it is away',
    stdout: '',
  })
  const interrupted = await forget(t, (_, interrupt) => {
    interrupt()
    return Promise.reject(new Error('it closed the connection'))
  })
  t.match(interrupted, { code: 1, stdout: '' })
})

t.test('engine forget ends on Ctrl-C', async (t) => {
  const terminal = new Terminal()
  const broker = createServer((socket) => {
    terminal.interrupt()
    socket.destroy()
  })
  t.teardown(() => broker.close())
  await once(broker.listen(0, '127.0.0.1'), 'listening')
  const { port } = broker.address() as AddressInfo
  t.equal(await terminal.run('engine', 'forget', 'Elm', '--engine', `nats://127.0.0.1:${port}`), 1)
  t.equal(terminal.stderr.text, '')
})

t.test('engine forget needs a name and an engine', async (t) => {
  const port = await freePort()
  const cases: [argv: string[], code: number, stderr: string | RegExp][] = [
    [['El>', '--engine', 'nats://h'], 2, 'proxyherd: "El>" is not the name of a server\n'],
    [['Elm'], 2, /^proxyherd: --engine is missing\nproxyherd: hint: /],
    [
      ['Elm', '--engine', `nats://127.0.0.1:${port}`],
      1,
      'proxyherd: cannot remove the reports of Elm from the engine nats:default: nobody listens there\n',
    ],
  ]
  for (const [argv, code, stderr] of cases) {
    const terminal = new Terminal()
    t.equal(await terminal.run('engine', 'forget', ...argv), code, argv.join(' '))
    t.match(terminal.stderr.text, stderr)
  }
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { until } from '../fixtures/log.js'
import { Peer } from '../fixtures/peer.js'
import { programs, type Program, type ProgramOptions } from '../fixtures/program.js'
import { Terminal } from '../fixtures/terminal.js'

const ALONE = { servers: ['Clark'], links: [] } as const

interface Place {
  readonly flags: readonly string[]
  /** Starts a server; resolves when it listens. */
  readonly serve: (options?: ProgramOptions) => Promise<Program>
  readonly send: (command: string) => Promise<string>
  readonly log: () => string
}

/** A folder with the topology of one server, and how to run and ask it there. */
async function place(t: Test): Promise<Place> {
  const topology = topologyFile(await freePorts(ALONE))
  const run = programs(t)
  const folder = t.testdir({ 'topology.json': topology })
  const path = `${folder}/state/logs/Clark.log`
  const flags = ['--topology', `${folder}/topology.json`, '--state', `${folder}/state`]
  return {
    flags,
    serve: async (options) => {
      const server = run(['serve', 'Clark', ...flags], options)
      await server.prints('listens on')
      return server
    },
    send: async (command) => {
      const terminal = new Terminal()
      await terminal.run('send', 'Clark', command, '--topology', `${folder}/topology.json`)
      return terminal.stdout.text
    },
    log: () => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
  }
}

/** Whether a port takes connections. */
async function listensOn(port: number): Promise<boolean> {
  const peer = await Peer.connect(port).catch((error: unknown) => {
    t.match(error, { code: 'ECONNREFUSED' })
  })
  peer?.destroy()
  return peer !== undefined
}

t.test('SIGQUIT and SIGUSR2 end a server like SIGTERM, and its reports are kept', async (t) => {
  const { serve, send, log } = await place(t)
  let server = await serve()
  for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const) {
    const at = await send(`IAMAT ${signal} +34.06-118.44 1621464827.9`)
    server.kill(signal)
    t.equal(await server.ended, 0, signal)
    t.match(log(), /"stopped"\}\n$/)
    server = await serve()
    t.ok((await send(`WHATSAT ${signal} 10 0`)).startsWith(at), signal)
  }
})

t.test('SIGHUP reloads a server without a terminal, and it keeps running', async (t) => {
  const { serve, send } = await place(t)
  const server = await serve()
  server.kill('SIGHUP')
  await server.prints('reloaded log files\n')
  t.match(await send('IAMAT kiwi +34.06-118.44 1621464827.9'), /^AT Clark/)
  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
})

t.test(
  'SIGUSR1 does not open the inspector, and one that is open at the start is closed after it',
  async (t) => {
    const { serve, send } = await place(t)
    // As an early signal does, on a free port.
    const opening =
      'data:text/javascript,import inspector from "node:inspector"; inspector.open(0, "127.0.0.1")'
    const server = await serve({ nodeFlags: ['--import', opening] })
    const [, port] = /Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(server.errors) ?? []
    t.type(port, 'string')
    while (await listensOn(Number(port))) await new Promise(setImmediate)
    server.kill('SIGUSR1')
    t.match(await send('IAMAT kiwi +34.06-118.44 1621464827.9'), /^AT Clark/)
    server.kill('SIGTERM')
    t.equal(await server.ended, 0)
    t.equal(server.errors.split('Debugger listening').length, 2)
  },
)

t.test('a server that was started on a terminal stops on SIGHUP and when the terminal closes', async (t) => {
  const { flags, log } = await place(t)
  const command = `echo pid=$$; exec '${process.execPath}' bin/proxyherd.js serve Clark ${flags.join(' ')}`
  for (const isGone of [false, true]) {
    // It runs a command on its own terminal.
    const terminal = spawn('script', ['-qefc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] })
    const ended = once(terminal, 'exit') as Promise<[number | null]>
    let shown = ''
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text))
    const count = log().split('"stopped"').length
    await until(() => shown.includes('listens on'))
    const pid = Number(/pid=(\d+)/.exec(shown)?.[1])
    if (isGone) terminal.kill('SIGKILL')
    else process.kill(pid, 'SIGHUP')
    const [code] = await ended
    t.equal(code, isGone ? null : 0)
    await until(() => log().split('"stopped"').length > count)
  }
})

t.test('a signal to npm stops the herd that "npm start" runs, once and cleanly', async (t) => {
  const { flags, log } = await place(t)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const npm = spawn('npm', ['start', '--', ...flags], {
      // Ctrl-C reaches all processes of a terminal, so they are a group.
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, npm_config_update_notifier: 'false', _TAPJS_PROCESSINFO_COVERAGE_: '0' },
    })
    const ended = once(npm, 'exit')
    let printed = ''
    npm.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    const closed = once(npm.stdout, 'close')
    await until(() => printed.includes('Server '))
    if (signal === 'SIGTERM') npm.kill(signal)
    else process.kill(-Number(npm.pid), signal)
    t.same(await ended, [0, null], signal)
    // No process is left that could write to it.
    await closed
    t.match(log(), /"stopped"\}\n$/)
  }
})

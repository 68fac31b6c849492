import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { CLASSIC } from '../fixtures/topologies.js'

// The real program, as it is installed: these tests see what the others cannot, processes and signals.
type Program = ChildProcessByStdio<Writable, Readable, Readable>

function run(t: Test, folder: string, ...argv: string[]): Program {
  const program = spawn(
    process.execPath,
    ['bin/proxyherd.js', ...argv, '--topology', `${folder}/topology.json`],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      // It runs as it was built, not as the sources are tested: as one coverage the two do not add up.
      env: { PROXYHERD_STATE: `${folder}/state`, _TAPJS_PROCESSINFO_COVERAGE_: '0' },
    },
  )
  t.teardown(() => program.kill('SIGKILL'))
  return program
}

/** Resolves when the program has printed such a line. */
async function prints(program: Program, mark: string): Promise<void> {
  for await (const line of createInterface(program.stdout)) if (line.includes(mark)) return
  throw new Error(`it ended without printing "${mark}"`)
}

async function ended(program: Program): Promise<number | null> {
  const [code] = (await once(program, 'exit')) as [number | null]
  return code
}

async function output(program: Program): Promise<string> {
  let text = ''
  for await (const piece of program.stdout) text += String(piece)
  return text
}

async function place(t: Test): Promise<string> {
  return t.testdir({ 'topology.json': topologyFile(await freePorts(CLASSIC)) })
}

t.test('five servers in five processes, one killed and started again', async (t) => {
  const folder = await place(t)
  const servers = new Map(CLASSIC.servers.map((name) => [name, run(t, folder, 'serve', name)]))
  await Promise.all([...servers.values()].map((server) => prints(server, 'linked to')))
  const at = await output(run(t, folder, 'send', 'Clark', 'IAMAT kiwi +34.06-118.44 1621464827.9'))
  t.match(at, /^AT Clark \+\S+ kiwi \+34\.06-118\.44 1621464827\.9\n$/)
  const bernard = servers.get('Bernard')
  bernard?.kill('SIGKILL')
  const missed = await output(run(t, folder, 'send', 'Clark', 'IAMAT kiwi +35.06-118.44 1621464828'))
  await prints(run(t, folder, 'serve', 'Bernard'), 'linked to')
  const asked = await output(run(t, folder, 'send', 'Bernard', 'WHATSAT kiwi 10 1'))
  t.ok(asked.startsWith(missed), asked)
})

t.test('SIGINT and SIGTERM end a herd cleanly', async (t) => {
  const folder = await place(t)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const herd = run(t, folder, 'herd', 'up')
    await prints(herd, 'all 6 links are up')
    herd.kill(signal)
    t.equal(await ended(herd), 0, signal)
  }
})

t.test('a second SIGINT ends it at once', async (t) => {
  const folder = await place(t)
  const herd = run(t, folder, 'serve', 'Clark')
  await prints(herd, 'listens on')
  herd.kill('SIGSTOP')
  herd.kill('SIGINT')
  herd.kill('SIGTERM')
  herd.kill('SIGCONT')
  t.equal(await ended(herd), 1)
})

t.test('a reader that goes away is no error', async (t) => {
  const folder = await place(t)
  const herd = run(t, folder, 'herd', 'up')
  await prints(herd, 'all 6 links are up')
  const sending = run(t, folder, 'send', 'Clark')
  sending.stdout.destroy()
  sending.stdin.on('error', () => undefined)
  sending.stdin.end('IAMAT kiwi +34.06-118.44 1621464827.9\n'.repeat(1_000))
  t.equal(await ended(sending), 0)
})

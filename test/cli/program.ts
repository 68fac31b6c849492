import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { CLASSIC } from '../fixtures/topologies.js'

/** The real program in a process of its own: what no other test can see, processes and signals. */
class Program {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>
  /** Resolves to the exit code; null if a signal has ended it. */
  readonly ended: Promise<number | null>

  constructor(folder: string, argv: readonly string[]) {
    this.process = spawn(
      process.execPath,
      ['bin/proxyherd.js', ...argv, '--topology', `${folder}/topology.json`],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        // It runs as it was built, not as the sources are tested: as one coverage the two do not add up.
        env: { PROXYHERD_STATE: `${folder}/state`, _TAPJS_PROCESSINFO_COVERAGE_: '0' },
      },
    )
    this.ended = once(this.process, 'exit').then(([code]) => code as number | null)
  }

  /** Resolves when the program has printed such a line. */
  async prints(mark: string): Promise<void> {
    for await (const line of createInterface(this.process.stdout)) if (line.includes(mark)) return
    throw new Error(`it ended without printing "${mark}"`)
  }

  /** All that it prints until it ends. */
  async output(): Promise<string> {
    let text = ''
    for await (const piece of this.process.stdout) text += String(piece)
    return text
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }
}

type Run = (...argv: string[]) => Program

/** A folder with the topology of the classic herd, and how to run the program there. */
async function place(t: Test): Promise<Run> {
  const topology = await freePorts(CLASSIC)
  const programs: Program[] = []
  // Before the folder is made, so that it is also done before the folder is removed.
  t.teardown(async () => {
    for (const program of programs) program.kill('SIGKILL')
    await Promise.all(programs.map(({ ended }) => ended))
  })
  const folder = t.testdir({ 'topology.json': topologyFile(topology) })
  return (...argv) => {
    const program = new Program(folder, argv)
    programs.push(program)
    return program
  }
}

t.test('five servers in five processes, one killed and started again', async (t) => {
  const run = await place(t)
  const servers = new Map(CLASSIC.servers.map((name) => [name, run('serve', name)]))
  await Promise.all([...servers.values()].map((server) => server.prints('linked to')))
  const at = await run('send', 'Clark', 'IAMAT kiwi +34.06-118.44 1621464827.9').output()
  t.match(at, /^AT Clark \+\S+ kiwi \+34\.06-118\.44 1621464827\.9\n$/)
  const bernard = servers.get('Bernard')
  bernard?.kill('SIGKILL')
  await bernard?.ended
  const missed = await run('send', 'Clark', 'IAMAT kiwi +35.06-118.44 1621464828').output()
  await run('serve', 'Bernard').prints('linked to')
  const asked = await run('send', 'Bernard', 'WHATSAT kiwi 10 1').output()
  t.ok(asked.startsWith(missed), asked)
})

t.test('SIGINT and SIGTERM end a herd cleanly', async (t) => {
  const run = await place(t)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const herd = run('herd', 'up')
    await herd.prints('all 6 links are up')
    herd.kill(signal)
    t.equal(await herd.ended, 0, signal)
  }
})

t.test('a second SIGINT ends it at once', async (t) => {
  const run = await place(t)
  const herd = run('serve', 'Clark')
  await herd.prints('listens on')
  herd.kill('SIGSTOP')
  herd.kill('SIGINT')
  herd.kill('SIGTERM')
  herd.kill('SIGCONT')
  t.equal(await herd.ended, 1)
})

t.test('a reader that goes away is no error', async (t) => {
  const run = await place(t)
  const herd = run('herd', 'up')
  await herd.prints('all 6 links are up')
  const sending = run('send', 'Clark')
  sending.process.stdout.destroy()
  sending.process.stdin.on('error', () => undefined)
  sending.process.stdin.end('IAMAT kiwi +34.06-118.44 1621464827.9\n'.repeat(1_000))
  t.equal(await sending.ended, 0)
})

import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuSeconds } from '../../src/load/server-processes.js'
import { LF } from '../../src/protocol/bytes.js'
import type { Topology } from '../../src/topology/topology.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Program } from '../fixtures/program.js'
import type { SimulatedTopology } from '../fixtures/topologies.js'

/** Servers of one topology on loopback, one process each, with default flags and their own state folder. */
export class Servers {
  readonly state: string
  readonly #folder: string
  readonly #topology: Topology
  readonly #programs = new Map<string, Program>()

  private constructor(folder: string, topology: Topology) {
    this.#folder = folder
    this.#topology = topology
    this.state = join(folder, 'state')
  }

  /** Makes the folder and chooses the ports, but starts no server. */
  static async prepare(simulated: SimulatedTopology): Promise<Servers> {
    const topology = await freePorts(simulated)
    const folder = await mkdtemp(join(tmpdir(), 'proxyherd-measure-'))
    await writeFile(join(folder, 'topology.json'), topologyFile(topology))
    return new Servers(folder, topology)
  }

  port(name: string): number {
    return this.#topology.servers.get(name)?.port ?? 0
  }

  /** Starts a server. Resolves when it has printed that it listens, to the time on the clock of `performance.now()`. */
  async start(name: string, flags: readonly string[] = []): Promise<number> {
    const program = new Program(
      ['serve', name, '--topology', join(this.#folder, 'topology.json'), '--state', this.state, ...flags],
      { nodeFlags: nodeFlagsOf(name) },
    )
    this.#programs.set(name, program)
    await program.prints('listens on')
    return performance.now()
  }

  /** The processor time that a server has used since its start, in milliseconds; NaN where the system does not provide it. */
  async cpuMs(name: string): Promise<number> {
    const { pid = 0 } = this.#programs.get(name)?.process ?? {}
    return 1_000 * ((await cpuSeconds([pid])) ?? NaN)
  }

  /** How many bytes a server has caused to be written to disks since its start; NaN where the system does not provide it. */
  async writtenBytes(name: string): Promise<number> {
    const { pid = 0 } = this.#programs.get(name)?.process ?? {}
    const io = await readFile(`/proc/${pid}/io`, 'latin1').catch(() => '')
    return Number(/^write_bytes: ([0-9]+)$/m.exec(io)?.[1] ?? NaN)
  }

  /** Ends a server with a signal. Resolves when the process has ended. */
  async stop(name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const program = this.#programs.get(name)
    program?.kill(signal)
    await program?.ended
  }

  /** Ends all servers and removes the folder. */
  async close(): Promise<void> {
    await Promise.all([...this.#programs.keys()].map((name) => this.stop(name)))
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** With `PROF=FOLDER` in the environment, Node writes a profile of each server to that folder when it ends. */
function nodeFlagsOf(name: string): string[] {
  const folder = process.env['PROF']
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}/${name}`]
}

/** Sends lines to a server on one connection. Resolves when each has its one-line reply. */
export async function sendAll(port: number, lines: readonly string[]): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  let left = lines.length
  const replied = new Promise<void>((resolve, reject) => {
    socket.on('data', (bytes) => {
      for (const byte of bytes) if (byte === LF) left -= 1
      if (left === 0) resolve()
    })
    socket.on('error', reject)
  })
  await once(socket, 'connect')
  socket.write(lines.map((line) => `${line}\n`).join(''))
  await replied
  socket.destroy()
}

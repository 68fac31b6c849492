import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import type { LinkStatus, ServerStatus } from '../../src/protocol/status.js'
import type { Topology } from '../../src/topology/topology.js'
import { askStatus, statusPeer } from '../fixtures/server-queries.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import type { Peer } from '../fixtures/peer.js'
import { Program } from '../fixtures/program.js'
import type { Network } from './network.js'
import type { Case } from './settings.js'

/** The two servers that are linked. */
export const SERVERS = ['Bernard', 'Clark'] as const
export type ServerName = (typeof SERVERS)[number]

/** How often a server is polled. */
export const POLL_MS = 5

interface Running {
  readonly program: Program
  readonly statusPeer: Peer
}

const programs = new Set<Program>()
const folders: string[] = []

// No child process is left behind, however this process ends.
process.once('exit', () => {
  for (const program of programs) program.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

/** A folder that is removed when this process ends. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxyherd-measure-'))
  folders.push(folder)
  return folder
}

/** The other server of a pair. */
export function otherOf(name: ServerName): ServerName {
  return name === 'Bernard' ? 'Clark' : 'Bernard'
}

/** Two servers in two processes, connected only by slow links. Clients reach them without delay. */
export class Pair {
  readonly #topology: Topology
  readonly #keys: HerdKeys | undefined
  readonly #commandOf: (name: ServerName) => string[]
  readonly #running = new Map<ServerName, Running>()

  private constructor(
    topology: Topology,
    keys: HerdKeys | undefined,
    commandOf: (name: ServerName) => string[],
  ) {
    this.#topology = topology
    this.#keys = keys
    this.#commandOf = commandOf
  }

  /** Opens the links and writes the files of two servers, but starts neither. `prepare` may fill their state folder. */
  static async lay(
    network: Network,
    { delayMs, hasKey }: Case,
    prepare: (stateFolder: string) => void = () => undefined,
  ): Promise<Pair> {
    const folder = newFolder()
    const topology = await freePorts({ servers: SERVERS, links: [SERVERS] })
    for (const name of SERVERS) {
      const neighbour = otherOf(name)
      const port = await network.open(portIn(topology, neighbour), delayMs)
      const servers = new Map([...topology.servers, [neighbour, { host: '127.0.0.1', port }]])
      writeFileSync(join(folder, `${name}.json`), topologyFile({ ...topology, servers }))
    }
    const stateFolder = join(folder, 'state')
    prepare(stateFolder)
    const flags = ['--state', stateFolder, '--log', 'links']
    const keyFile = join(folder, 'herd.key')
    const keyText = newHerdKey()
    if (hasKey) {
      writeFileSync(keyFile, keyText, { mode: 0o600 })
      flags.push('--herd-key', keyFile)
    }
    const keys = hasKey ? parseHerdKeys(keyText, keyFile) : undefined
    return new Pair(topology, keys, (name) => [
      'serve',
      name,
      '--topology',
      join(folder, `${name}.json`),
      ...flags,
    ])
  }

  port(name: ServerName): number {
    return portIn(this.#topology, name)
  }

  /** Starts a server. Resolves when it listens, to the time at which it printed that. */
  async start(name: ServerName): Promise<number> {
    const program = new Program(this.#commandOf(name))
    programs.add(program)
    void program.ended.then(() => programs.delete(program))
    await program.prints('listens on')
    const listensAtMs = performance.now()
    this.#running.set(name, { program, statusPeer: await statusPeer(this.port(name), this.#keys) })
    return listensAtMs
  }

  /** Ends a server cleanly. */
  async stop(name: ServerName): Promise<void> {
    const running = this.#running.get(name)
    if (!running) return
    this.#running.delete(name)
    running.statusPeer.destroy()
    running.program.kill('SIGTERM')
    await running.program.ended
  }

  async close(): Promise<void> {
    await Promise.all(SERVERS.map((name) => this.stop(name)))
  }

  async status(name: ServerName): Promise<ServerStatus> {
    const running = this.#running.get(name)
    if (!running) throw new Error(`${name} does not run`)
    return askStatus(running.statusPeer)
  }

  async statuses(): Promise<ServerStatus[]> {
    return Promise.all(SERVERS.map((name) => this.status(name)))
  }

  /** The number of links lost since the servers were started: the larger count of the two ends. */
  get lostLinks(): number {
    const lost = [...this.#running.values()].map(
      ({ program }) => program.printed.split('lost the link').length - 1,
    )
    return Math.max(0, ...lost)
  }

  /** Resolves to the time at which both ends report that they are linked; undefined if that takes too long. */
  linked(withinMs: number): Promise<number | undefined> {
    return this.#until(withinMs, (statuses) => statuses.every(isLinked))
  }

  /** Resolves to the time at which both ends report the same digest; undefined if that takes too long. */
  equal(withinMs: number): Promise<number | undefined> {
    return this.#until(withinMs, ([one, other]) => one?.digest === other?.digest)
  }

  async #until(
    withinMs: number,
    isRight: (statuses: readonly ServerStatus[]) => boolean,
  ): Promise<number | undefined> {
    const deadlineMs = performance.now() + withinMs
    for (;;) {
      if (isRight(await this.statuses())) return performance.now()
      if (performance.now() > deadlineMs) return undefined
      await sleep(POLL_MS)
    }
  }
}

/** Whether a server is linked to the other as proxyherd. Otherwise they do not catch up. */
export function isLinked({ links }: ServerStatus): boolean {
  return links.every((link) => link.state === 'up' && link.kind === 'proxyherd')
}

/** When a server's link came up, in milliseconds since 1970; undefined while it is down. */
export function upSinceMs({ links: [link] }: { readonly links: readonly LinkStatus[] }): number | undefined {
  return link?.state === 'up' ? Date.parse(link.upSince) : undefined
}

function portIn({ servers }: Topology, name: ServerName): number {
  return servers.get(name)?.port ?? 0
}

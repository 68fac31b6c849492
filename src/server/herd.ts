import { randomBytes } from 'node:crypto'
import { Memory, type MemoryKeys } from '../memory/memory.js'
import type { HashKey } from '../memory/siphash.js'
import type { Security } from '../net/acceptor.js'
import type { Address } from '../net/dial.js'
import type { Certificate } from '../net/tls.js'
import {
  addressOf,
  dialectOfServer,
  fingerprint,
  isLocal,
  listenAddressOf,
  neighboursOf,
  type Topology,
} from '../topology/topology.js'
import { MemoryBudget } from './memory-budget.js'
import { ProcessNetwork } from './process-network.js'
import { Server } from './server.js'
import type { ServerOptions, Shared } from './server-options.js'
import { SliceScheduler } from './slice-scheduler.js'
import { Tick } from './tick.js'

/** The options of a server, without its name, its place in the topology and what the process shares. */
export interface ServerParts extends Omit<
  ServerOptions,
  'name' | 'herd' | 'servers' | 'neighbourHosts' | keyof Shared
> {
  /** The limit of the memory for reports that all servers of the process share. Without one, there is none. */
  readonly maxMemoryBytes?: number
}

/** A running server of the herd, and where it listens. */
interface Running {
  readonly server: Server
  readonly addresses: readonly Address[]
}

/**
 * Some or all servers of a topology, in one process. Each has its own table, and can be stopped, started and cut off from a neighbour
 * while the others run.
 */
export class Herd {
  readonly #topology: Topology
  readonly #partsOf: (name: string) => Promise<ServerParts>
  readonly #running = new Map<string, Running>()
  /** The servers that were stopped and do not run again yet, so that links to them are shown as down. */
  readonly #stopped = new Map<string, Server>()
  /** The port of each server that has listened so far. */
  readonly #ports = new Map<string, number>()
  readonly #network = new ProcessNetwork()
  #shared: Shared | undefined

  private constructor(topology: Topology, partsOf: (name: string) => Promise<ServerParts>) {
    this.#topology = topology
    this.#partsOf = partsOf
  }

  /**
   * Starts the named servers. All of them listen before any loads its reports, and have loaded before any dials. `partsOf` makes the options of a server. Throws a PersonError when one
   * cannot be started, and then leaves none running.
   */
  static async startAll(
    topology: Topology,
    names: readonly string[],
    partsOf: (name: string) => Promise<ServerParts>,
  ): Promise<Herd> {
    const herd = new Herd(topology, partsOf)
    const servers: Server[] = []
    try {
      for (const name of names) servers.push(await herd.#make(name))
      for (const server of servers) await herd.#listen(server)
      await allOf(servers.flatMap((server) => [server.load(), server.listenHttp()]))
    } catch (error) {
      await Promise.all(servers.map((server) => server.stop()))
      throw error
    }
    for (const [name, { server }] of herd.#running) herd.#link(name, server)
    return herd
  }

  /** Where the running servers of this process listen, by name. */
  get addresses(): ReadonlyMap<string, readonly Address[]> {
    return new Map(Array.from(this.#running, ([name, { addresses }]) => [name, addresses]))
  }

  /** Where they listen for HTTP, by name. */
  get httpAddresses(): ReadonlyMap<string, readonly Address[]> {
    return new Map(Array.from(this.#running, ([name, { server }]) => [name, server.httpAddresses]))
  }

  /** Where a server of any process can be reached; undefined if its port is not fixed and it has not run in this process. */
  addressOf(name: string): Address | undefined {
    const { host, port } = addressOf(this.#topology, name)
    const known = port === 0 ? this.#ports.get(name) : port
    return known === undefined ? undefined : { host, port: known }
  }

  /** Makes every server present this certificate from now on. Open connections keep theirs. */
  renewCertificate(certificate: Certificate): void {
    for (const { server } of this.#running.values()) server.renewCertificate(certificate)
  }

  /** Starts a stopped server again, on the port that it had. Throws a PersonError when that fails. */
  async start(name: string): Promise<void> {
    const server = await this.#make(name)
    try {
      await this.#listen(server)
      await allOf([server.load(), server.listenHttp()])
    } catch (error) {
      this.#running.delete(name)
      await server.stop()
      server.drop()
      throw error
    }
    this.#link(name, server)
  }

  /** Stops a server cleanly while the others keep running. Returns how many reports could not be saved on disk. */
  async stop(name: string): Promise<number> {
    const running = this.#running.get(name)
    if (!running) throw new Error(`${name} does not run in this process`)
    this.#running.delete(name)
    this.#stopped.set(name, running.server)
    this.#shared?.tick.run()
    for (const neighbour of this.#network.neighboursOf(name))
      this.#network.cut(name, neighbour, `${name} has stopped`)
    const unsaved = await running.server.stop()
    running.server.drop()
    return unsaved
  }

  /** Cuts the link between two servers of this process. Reports in flight on it are lost. */
  cut(a: string, b: string): void {
    this.#network.cut(a, b, 'it was cut')
  }

  /** Restores the link between two servers of this process. Each is sent what the other has. The link of a stopped server comes up when it starts. */
  mend(a: string, b: string): void {
    if (!this.#stopped.has(a) && !this.#stopped.has(b)) this.#network.mend(a, b)
  }

  /** Delays everything that two servers of this process send each other by `ms` milliseconds from now on. */
  delay(a: string, b: string, ms: number): void {
    for (const end of this.#network.between(a, b)) end.delayMs = ms
  }

  /** Stops all servers cleanly, within a timeout. Returns how many reports could not be saved on disk. */
  async stopAll(timeoutMs?: number): Promise<number> {
    const stopped = Array.from(this.#running.values(), ({ server }) => server.stop(timeoutMs))
    const unsaved = await Promise.all(stopped)
    return unsaved.reduce((sum, reports) => sum + reports, 0)
  }

  /** Links a server to its neighbours: directly to those in this process, and over the network to the others. */
  #link(name: string, server: Server): void {
    this.#stopped.delete(name)
    const elsewhere: string[] = []
    for (const neighbour of neighboursOf(this.#topology, name)) {
      const running = this.#running.get(neighbour)?.server
      const other = running ?? this.#stopped.get(neighbour)
      if (!other) elsewhere.push(neighbour)
      else if (!this.#network.isUp(name, neighbour)) {
        const [end, otherEnd] = this.#network.link(server.self, other.self)
        server.join(end)
        running?.join(otherEnd)
        if (running) this.#network.mend(name, neighbour)
      }
    }
    server.link(elsewhere, (neighbour) => ({
      address: () => this.addressOf(neighbour),
      dialect: dialectOfServer(this.#topology, neighbour),
    }))
  }

  async #listen(server: Server): Promise<void> {
    const { name } = server
    const { host, port } = listenAddressOf(this.#topology, name)
    const addresses = await server.listen({ host, port: port === 0 ? (this.#ports.get(name) ?? 0) : port })
    this.#ports.set(name, (addresses[0] as Address).port)
    this.#running.set(name, { server, addresses })
  }

  async #make(name: string): Promise<Server> {
    const herd = fingerprint(this.#topology)
    const hosts = neighboursOf(this.#topology, name).map(
      (neighbour) => [neighbour, addressOf(this.#topology, neighbour).host] as const,
    )
    const neighbourHosts = isLocal(this.#topology, name) ? undefined : new Map(hosts)
    const parts = await this.#partsOf(name)
    this.#shared ??= this.#makeShared(parts)
    const servers = new Set(this.#topology.servers.keys())
    return new Server({ name, herd, servers, neighbourHosts, ...this.#shared, ...parts })
  }

  #makeShared({ security, maxMemoryBytes = Number.MAX_SAFE_INTEGER }: ServerParts): Shared {
    const tick = new Tick(this.#network)
    const memory = new Memory(memoryKeys(security))
    const budget = new MemoryBudget(memory, maxMemoryBytes)
    return { memory, budget, tick, scheduler: new SliceScheduler(tick) }
  }
}

// Without a herd key the hash has no secret. An attacker gains nothing by collisions then, since the server accepts any AT from it.
const PUBLIC_KEY: HashKey = [0, 0, 0, 0]

function memoryKeys(security: Security = {}): MemoryKeys {
  const bytes = randomBytes(8)
  return {
    digest: security.keys?.digestKey() ?? PUBLIC_KEY,
    index: [bytes.readUInt32LE(0), bytes.readUInt32LE(4)],
  }
}

/** Like `Promise.all`, but rejects only after all tasks have settled, so that none is still running. */
async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(tasks)
  await Promise.all(tasks)
}

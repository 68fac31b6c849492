import { randomBytes } from 'node:crypto'
import { Archive, type ArchiveKeys } from '../flood/archive.js'
import type { HashKey } from '../memory/siphash.js'
import type { Security } from '../net/acceptor.js'
import type { Address } from '../net/dial.js'
import type { Certificate } from '../net/tls.js'
import {
  addressOf,
  fingerprint,
  isLocal,
  listenAddressOf,
  neighboursOf,
  type Topology,
} from '../topology/topology.js'
import { InnerLink } from './inner-link.js'
import { Server } from './server.js'
import type { ServerOptions, Shared } from './server-options.js'
import { Slices } from './slices.js'
import { Tick } from './tick.js'

/** What each server of a herd is made with, apart from its name and its place in the topology. */
export type ServerParts = Omit<ServerOptions, 'name' | 'herd' | 'neighbourHosts' | keyof Shared>

/** Some or all servers of a topology, in one process. */
export class Herd {
  readonly #topology: Topology
  readonly #servers = new Map<string, Server>()
  readonly #addresses = new Map<string, readonly Address[]>()
  #shared: Shared | undefined

  private constructor(topology: Topology) {
    this.#topology = topology
  }

  /**
   * Starts the named servers: all listen before any dials. `partsOf` makes what a server needs. Throws a PersonError when one cannot be
   * started, and then none is left running.
   */
  static async start(
    topology: Topology,
    names: readonly string[],
    partsOf: (name: string) => Promise<ServerParts>,
  ): Promise<Herd> {
    const herd = new Herd(topology)
    try {
      for (const name of names) await herd.#add(name, partsOf)
      await allOf([...herd.#servers.values()].map((server) => server.load()))
      for (const [name, server] of herd.#servers)
        herd.#addresses.set(name, await server.listen(listenAddressOf(topology, name)))
    } catch (error) {
      await herd.stop()
      throw error
    }
    herd.#link()
    return herd
  }

  /** Where the servers of this process listen, by name. */
  get addresses(): ReadonlyMap<string, readonly Address[]> {
    return this.#addresses
  }

  /** Where others reach a server, also one of another process; undefined if its port is not fixed and it is not of this process. */
  addressOf(name: string): Address | undefined {
    const { host, port } = addressOf(this.#topology, name)
    if (port !== 0) return { host, port }
    const [listening] = this.#addresses.get(name) ?? []
    return listening && { host, port: listening.port }
  }

  /** Every server shows this certificate to its clients from now on. Connections that are open keep theirs. */
  renewCertificate(certificate: Certificate): void {
    for (const server of this.#servers.values()) server.renewCertificate(certificate)
  }

  /** Stops all servers cleanly, within a timeout. Gives how many reports they could not save on disk. */
  async stop(timeoutMs?: number): Promise<number> {
    const unsaved = await Promise.all([...this.#servers.values()].map((server) => server.stop(timeoutMs)))
    return unsaved.reduce((sum, reports) => sum + reports, 0)
  }

  #link(): void {
    for (const [a, b] of this.#topology.links) {
      const [one, other] = [this.#servers.get(a), this.#servers.get(b)]
      if (!one || !other) continue
      const link = new InnerLink(one.self, other.self)
      one.join(link)
      other.join(link)
    }
    for (const [name, server] of this.#servers) {
      const elsewhere = neighboursOf(this.#topology, name).filter(
        (neighbour) => !this.#servers.has(neighbour),
      )
      server.link(elsewhere, (neighbour) => this.addressOf(neighbour))
    }
  }

  async #add(name: string, partsOf: (name: string) => Promise<ServerParts>): Promise<void> {
    const herd = fingerprint(this.#topology)
    const hosts = neighboursOf(this.#topology, name).map(
      (neighbour) => [neighbour, addressOf(this.#topology, neighbour).host] as const,
    )
    const neighbourHosts = isLocal(this.#topology, name) ? undefined : new Map(hosts)
    const parts = await partsOf(name)
    this.#shared ??= sharedBy(archiveKeys(parts.security))
    this.#servers.set(name, new Server({ name, herd, neighbourHosts, ...this.#shared, ...parts }))
  }
}

// Without a herd key there is nothing secret to hash with, and who means ill need not bother: he may say AT.
const PUBLIC_KEY: HashKey = [0, 0, 0, 0]

function sharedBy(keys: ArchiveKeys): Shared {
  const tick = new Tick()
  return { archive: new Archive(keys), tick, slices: new Slices(tick) }
}

function archiveKeys(security: Security = {}): ArchiveKeys {
  const bytes = randomBytes(8)
  return {
    digest: security.keys?.digestKey() ?? PUBLIC_KEY,
    index: [bytes.readUInt32LE(0), bytes.readUInt32LE(4)],
  }
}

/** Resolves when all are done; rejects when all are done and one has failed, so that none is still at work. */
async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(tasks)
  await Promise.all(tasks)
}

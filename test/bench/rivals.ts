import { setTimeout as sleep } from 'node:timers/promises'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../../src/load/load-connection.js'
import { neighboursOf, type Topology } from '../../src/topology/topology.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Peer } from '../fixtures/peer.js'
import { CLASSIC, type SimulatedTopology } from '../fixtures/topologies.js'
import { newFolder, Program, versionOf } from './programs.js'
import { ask } from './redis.js'

/** A running rival whose servers are all linked. */
export interface Rival {
  readonly name: string
  readonly says: 'herd' | 'kv' | 'redis' | 'echo'
  /** The ports that reports are sent to. */
  readonly targets: readonly Target[]
  /** The ports of all servers, at which reports must arrive. */
  readonly servers: readonly Target[]
  readonly pids: readonly number[]
  stop(): Promise<void>
}

/** A rival that can be started. */
export interface Entrant {
  readonly name: string
  start(): Promise<Rival>
}

/** Flags: no log entry per line, and reports in memory only. */
export const QUIET = ['--log', 'links', '--no-store']

const ALONE: SimulatedTopology = { servers: ['Clark'], links: [] }
const REPLICAS = 4

/** Five servers in one process. */
export function herdUp(flags: readonly string[], name = 'herd up'): Entrant {
  return {
    name,
    start: async () => {
      const place = await herdPlace(CLASSIC)
      const herd = new Program(process.execPath, ['bin/proxyherd.js', 'herd', 'up', ...place.flags, ...flags])
      await herd.prints('all 6 links are up')
      return herdRival(name, place.topology, [herd])
    },
  }
}

/** How long `herd up`, with nothing to load, takes until all five listen, in milliseconds. */
export async function herdUpListening(): Promise<number> {
  const { topology, flags } = await herdPlace(CLASSIC)
  const from = performance.now()
  const herd = new Program(process.execPath, ['bin/proxyherd.js', 'herd', 'up', ...flags])
  await Promise.all([...topology.servers.values()].map(({ port }) => herd.listens(port)))
  const milliseconds = performance.now() - from
  await herd.stop()
  return milliseconds
}

/** Five servers in five processes. */
export function fiveServers(flags: readonly string[], name = 'five servers'): Entrant {
  return {
    name,
    start: async () => {
      const place = await herdPlace(CLASSIC)
      return serversIn(name, place, (server) => [
        process.execPath,
        ['bin/proxyherd.js', 'serve', server, ...place.flags, ...flags],
      ])
    },
  }
}

/** One server without neighbours. */
export function oneServer(flags: readonly string[], name = 'one server'): Entrant {
  return {
    name,
    start: async () => {
      const place = await herdPlace(ALONE)
      const server = new Program(process.execPath, [
        'bin/proxyherd.js',
        'serve',
        'Clark',
        ...place.flags,
        ...flags,
      ])
      await server.prints('listens on')
      return herdRival(name, place.topology, [server])
    },
  }
}

/** Five servers in Python, on asyncio; undefined if Python is not installed. */
export function asyncioHerd(name = 'asyncio herd'): Entrant | undefined {
  if (versionOf('python3') === undefined) return undefined
  return {
    name,
    start: async () => {
      const place = await herdPlace(CLASSIC)
      return serversIn(name, place, (server) => ['python3', ['test/bench/herd.py', server, place.file]])
    },
  }
}

/** An echo server. */
export function echo(name = 'raw echo'): Entrant {
  return {
    name,
    start: async () => {
      const [port = 0] = await portsOf(ALONE)
      const program = new Program(process.execPath, ['test/bench/echo.mjs', String(port)])
      await program.listens(port)
      const targets = [{ name, address: { host: '127.0.0.1', port } }]
      return { name, says: 'echo', targets, servers: [], pids: [program.pid], stop: () => program.stop() }
    },
  }
}

/** A Redis server without replicas, in memory. */
export function redisAlone(name = 'Redis'): Entrant | undefined {
  return redis(['--appendonly', 'no'], name, ALONE)
}

/** A Redis server and its replicas, linked; undefined if Redis is not installed. */
export function redis(
  flags: readonly string[],
  name = `Redis 1 + ${REPLICAS}`,
  shape: SimulatedTopology = CLASSIC,
): Entrant | undefined {
  if (versionOf('redis-server') === undefined) return undefined
  return {
    name,
    start: async () => {
      const ports = await portsOf(shape)
      const [master = 0, ...replicas] = ports
      const begin = async (port: number, more: readonly string[]): Promise<Program> => {
        const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', newFolder()]
        const program = new Program('redis-server', [...place, '--save', '', ...flags, ...more])
        await program.listens(port)
        return program
      }
      const programs = [await begin(master, ['--repl-diskless-sync-delay', '0', '--maxclients', '15000'])]
      for (const port of replicas)
        programs.push(await begin(port, ['--replicaof', '127.0.0.1', String(master)]))
      await allLinked(master, replicas)
      const servers = ports.map((port) => ({ name: `Redis ${port}`, address: { host: '127.0.0.1', port } }))
      return {
        name,
        says: 'redis',
        targets: servers.slice(0, 1),
        servers,
        pids: programs.map(({ pid }) => pid),
        stop: () => stopAll(programs),
      }
    },
  }
}

interface HerdPlace {
  readonly topology: Topology
  readonly file: string
  readonly flags: readonly string[]
}

/** Files for a herd that is to be started. */
export async function herdPlace(shape: SimulatedTopology): Promise<HerdPlace> {
  const folder = newFolder()
  const topology = await freePorts(shape)
  const file = join(folder, 'topology.json')
  writeFileSync(file, topologyFile(topology))
  return { topology, file, flags: ['--topology', file, '--state', folder] }
}

async function serversIn(
  name: string,
  { topology }: HerdPlace,
  commandOf: (server: string) => [command: string, argv: string[]],
): Promise<Rival> {
  const servers = [...topology.servers.keys()]
  const programs = servers.map((server) => new Program(...commandOf(server)))
  await Promise.all(
    programs.map((program, index) =>
      program.prints('linked to', neighboursOf(topology, servers[index] ?? '').length),
    ),
  )
  return herdRival(name, topology, programs)
}

/** A herd that runs in some programs. */
export function herdRival(name: string, topology: Topology, programs: readonly Program[]): Rival {
  const targets = [...topology.servers].map(([server, address]) => ({ name: server, address }))
  return {
    name,
    says: 'herd',
    targets,
    servers: targets,
    pids: programs.map(({ pid }) => pid),
    stop: () => stopAll(programs),
  }
}

async function portsOf(shape: SimulatedTopology): Promise<number[]> {
  return [...(await freePorts(shape)).servers.values()].map(({ port }) => port)
}

async function allLinked(master: number, replicas: readonly number[]): Promise<void> {
  const POLL_MS = 20
  for (const port of replicas) {
    const replica = await Peer.connect(port)
    while (!(await ask(replica, 'INFO replication')).includes('master_link_status:up')) await sleep(POLL_MS)
    replica.destroy()
  }
  // A replica that has just linked is sent nothing until it has reported that it is ready.
  const peer = await Peer.connect(master)
  await ask(peer, `SET first 1\r\nWAIT ${replicas.length} 0`)
  peer.destroy()
}

async function stopAll(programs: readonly Program[]): Promise<void> {
  await Promise.all(programs.map((program) => program.stop()))
}

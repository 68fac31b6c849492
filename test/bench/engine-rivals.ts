import { freePort } from '../fixtures/files.js'
import type { SimulatedTopology } from '../fixtures/topologies.js'
import { newFolder, Program, versionOf } from './programs.js'
import { herdPlace, herdRival, type Entrant, type Rival } from './rivals.js'

/** Servers without links between them. */
const APART: SimulatedTopology = { servers: ['Juzang', 'Bernard', 'Clark'], links: [] }

/** Three servers over one NATS server; undefined if that is not installed. */
export function engineServers(flags: readonly string[], name = 'three over NATS'): Entrant | undefined {
  return overNats(name, async (broker) => {
    const place = await herdPlace(APART)
    const programs = APART.servers.map(
      (server) =>
        new Program(process.execPath, [
          ...profileFlags(server),
          ...['bin/proxyherd.js', 'serve', server, ...place.flags, ...flags],
          ...['--engine', broker],
        ]),
    )
    await Promise.all(programs.map((program) => program.prints('linked to nats:')))
    return herdRival(name, place.topology, programs)
  })
}

/** Three servers that keep reports in a key-value bucket of one NATS server; undefined if that is not installed. */
export function kvServers(name = 'three on NATS KV'): Entrant | undefined {
  return overNats(name, async (broker) => {
    const { topology } = await herdPlace(APART)
    const programs = [...topology.servers].map(
      ([server, { port }]) =>
        new Program(process.execPath, ['test/bench/kv.mjs', server, String(port), broker]),
    )
    await Promise.all(programs.map((program) => program.prints('is ready')))
    return { ...herdRival(name, topology, programs), says: 'kv' }
  })
}

/** Starts servers over a broker of their own, which belongs to the rival. */
function overNats(name: string, start: (broker: string) => Promise<Rival>): Entrant | undefined {
  if (versionOf('nats-server') === undefined) return undefined
  return {
    name,
    start: async () => {
      const port = await freePort()
      const place = ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', newFolder()]
      const broker = new Program('nats-server', place)
      await broker.prints('Server is ready')
      const rival = await start(`nats://127.0.0.1:${port}`)
      return {
        ...rival,
        pids: [...rival.pids, broker.pid],
        stop: async () => {
          await rival.stop()
          await broker.stop()
        },
      }
    },
  }
}

/** With `PROF=FOLDER` in the environment, Node writes a profile of each server to that folder when it ends. */
function profileFlags(server: string): string[] {
  const folder = process.env['PROF']
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}/${server}`]
}

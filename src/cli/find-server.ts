import type { Address } from '../net/dial.js'
import { addressOf } from '../topology/topology.js'
import { findTopology } from './options.js'

/** The address of a server named on the command line: one of the topology, or `HOST:PORT`. Throws a PersonError if it is neither. */
export async function findServer(server: string, topologyFile: string | undefined): Promise<Address> {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(server) ?? []
  const host = bracketed ?? plain
  if (host !== undefined) return { host, port: Number(port) }
  return addressOf(await findTopology(topologyFile), server)
}

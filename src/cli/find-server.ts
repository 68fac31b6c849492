import type { Address } from '../net/dial.js'
import { PersonError } from '../person-error.js'
import { hostKind } from '../topology/host-kind.js'
import { addressOf } from '../topology/topology.js'
import { UsageError } from './exit.js'
import { findTopology } from './options.js'

const MAX_PORT = 65_535

/**
 * The address of a server named on the command line: one of the topology, or `HOST:PORT`. Throws a UsageError if it has a colon, which no name
 * has, but is not `HOST:PORT`, and a PersonError if no server of the topology with a fixed port has this name.
 */
export async function findServer(server: string, topologyFile: string | undefined): Promise<Address> {
  return server.includes(':') ? parseAddress(server) : fixedAddress(server, topologyFile)
}

async function fixedAddress(server: string, topologyFile: string | undefined): Promise<Address> {
  const topology = await findTopology(topologyFile)
  const address = addressOf(topology, server)
  if (address.port !== 0) return address
  const hint = '"proxyherd herd up" prints where it listens: name it as HOST:PORT'
  throw new PersonError(`${server} has no fixed port in ${topology.file}`, hint)
}

function parseAddress(text: string): Address {
  const invalid = (why: string, hint?: string): UsageError =>
    new UsageError(`"${text}" is not HOST:PORT${why}`, hint)
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || digits === undefined)
    throw invalid('', /^[0-9a-f:.]+$/i.test(text) ? IPV6_HINT : undefined)
  if (hostKind(host) === 'invalid') throw invalid(`: "${host}" is neither an address nor a host name`)
  const port = /^[0-9]+$/.test(digits) ? Number(digits) : 0
  if (port < 1 || port > MAX_PORT) throw invalid(`: a port is a whole number from 1 to ${MAX_PORT}`)
  return { host, port }
}

const IPV6_HINT = 'put an IPv6 address in brackets, as in [::1]:12100'

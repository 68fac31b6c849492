import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { toDotPath } from 'zod/v4/core'
import * as z from 'zod/mini'
import type { Address } from '../net/dial.js'
import { isLoopback } from '../net/loopback.js'
import { PersonError } from '../person-error.js'
import { dialectSetting, ENGLISH, type DialectSetting } from './dialect-setting.js'
import { unknownKeys, type RawTopology, type UnknownKey } from './unknown-keys.js'

/** The address at which others reach a server, the host that it listens on if it is another one, and which program it is, if that is known. */
interface ServerEntry extends Address {
  readonly listen?: string | undefined
  readonly dialect?: DialectSetting | undefined
}

/** The servers, their addresses and their links. */
export interface Topology {
  /** The name of its file, for messages. */
  readonly file: string
  /** By name, in the order of the file. */
  readonly servers: ReadonlyMap<string, ServerEntry>
  /** Each link once; it works in both directions. */
  readonly links: readonly (readonly [string, string])[]
  /** Keys of the file that this version ignores. */
  readonly unknownKeys: readonly UnknownKey[]
}

/** A name is a field of an `AT` line and the name of a log file, so it has no white space and no slash. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

const address = z.object({
  host: z.string().check(z.minLength(1)),
  port: z.int().check(z.minimum(0), z.maximum(65_535)),
  listen: z.optional(z.string().check(z.minLength(1))),
  dialect: z.optional(dialectSetting),
})

/** A later version may have more keys; they are ignored, with a warning. */
const schema = z.object({
  servers: z.record(z.string(), address),
  links: z.array(z.tuple([z.string(), z.string()])),
})

/** The file does not exist. */
export class MissingTopology extends PersonError {}

/** Reads and checks a topology file; `file` is its name in messages. Throws a PersonError that quotes the error. */
export async function readTopology(path: string | URL, file = String(path)): Promise<Topology> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const hint = 'name a topology file with --topology, or omit the option to use the built-in one'
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new MissingTopology(`${file} does not exist`, hint)
    throw new PersonError(`cannot read ${file}: ${(error as Error).message}`, hint)
  }
  return parseTopology(text, file)
}

/** Checks the text of a topology; `file` is its name in messages. Throws a PersonError that quotes the error. */
export function parseTopology(text: string, file: string): Topology {
  const invalid = (what: string, hint?: string): PersonError => new PersonError(`${file}: ${what}`, hint)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid(`not JSON: ${(error as Error).message}`)
  }
  const checked = schema.safeParse(json, ENGLISH)
  if (!checked.success)
    throw invalid(shapeFault(checked.error), 'see the topology.json of proxyherd for the format')
  const { links } = checked.data
  const servers = new Map(Object.entries(checked.data.servers))
  // Zod drops a key "__proto__", so names are checked as they are in the file.
  const raw = json as RawTopology
  const fault = nameFault(Object.keys(raw.servers)) ?? addressFault(servers) ?? linkFault(servers, links)
  if (fault !== undefined) throw invalid(fault)
  const known = { top: Object.keys(schema.shape), server: Object.keys(address.shape) }
  return { file, servers, links, unknownKeys: unknownKeys(raw, known) }
}

/** The neighbours of a server: the servers it is linked to. */
export function neighboursOf({ links }: Topology, server: string): string[] {
  return links.flatMap(([a, b]) => (a === server ? [b] : b === server ? [a] : []))
}

/**
 * A fingerprint of the names and links, in any order, as 8 hexadecimal digits: servers compare it to see whether they have the same topology.
 * It does not cover the addresses, which may differ from host to host.
 */
export function fingerprint({ servers, links }: Topology): string {
  const names = [...servers.keys()].sort()
  const pairs = links.map((ends) => [...ends].sort().join(' ')).sort()
  return createHash('sha256')
    .update([...names, ...pairs].join('\n'))
    .digest('hex')
    .slice(0, 8)
}

/** The address at which others reach a server. Throws a PersonError if there is no such server. */
export function addressOf(topology: Topology, server: string): Address {
  const { host, port } = find(topology, server)
  return { host, port }
}

/** The address on which a server listens. Throws a PersonError if there is no such server. */
export function listenAddressOf(topology: Topology, server: string): Address {
  const { host, port, listen = host } = find(topology, server)
  return { host: listen, port }
}

/** What the topology says of the program that a server is; undefined if it says nothing. */
export function dialectOfServer(topology: Topology, server: string): DialectSetting | undefined {
  return find(topology, server).dialect
}

/** Whether a server listens on loopback and is reached there, so that no tunnel or proxy opens it to other machines. */
export function isLocal(topology: Topology, server: string): boolean {
  return [addressOf, listenAddressOf].every((address) => isLoopback(address(topology, server).host))
}

function find({ file, servers }: Topology, server: string): ServerEntry {
  const found = servers.get(server)
  if (!found)
    throw new PersonError(`${file} has no server "${server}"`, `it has ${[...servers.keys()].join(', ')}`)
  return found
}

function shapeFault({ issues }: z.core.$ZodError): string {
  const faults = issues.map(({ path, message }) => {
    const where = path.length === 0 ? '' : `"${toDotPath(path)}": `
    return `${where}${lowerFirst(message)}`
  })
  return faults.join('; ')
}

function nameFault(names: readonly string[]): string | undefined {
  if (names.length === 0) return 'no servers'
  const invalid = names.find((name) => !NAME.test(name))
  if (invalid === undefined) return undefined
  return `"${invalid}" is not a valid server name: use at most 64 of A-Z a-z 0-9 _ . -, and begin with a letter or digit`
}

function addressFault(servers: ReadonlyMap<string, Address>): string | undefined {
  const seen = new Map<string, string>()
  for (const [name, { host, port }] of servers) {
    const at = `${host}:${port}`
    const other = seen.get(at)
    // Port 0 means any free port, so two of them are two ports.
    if (other !== undefined && port !== 0) return `"${other}" and "${name}" have the same address, ${at}`
    seen.set(at, name)
  }
  return undefined
}

function linkFault(servers: ReadonlyMap<string, Address>, links: Topology['links']): string | undefined {
  const seen = new Set<string>()
  for (const [a, b] of links) {
    if (a === b) return `"${a}" is linked to itself`
    if (!servers.has(a)) return `"${b}" is linked to "${a}", which is not a server`
    if (!servers.has(b)) return `"${a}" is linked to "${b}", which is not a server`
    const pair = [a, b].sort().join(' ')
    if (seen.has(pair))
      return `"${a}" and "${b}" are linked twice: a link works in both directions, so once is enough`
    seen.add(pair)
  }
  return undefined
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as z from 'zod/mini'
import { fileErrorText } from '../log/file-error-text.js'
import type { Address } from '../net/dial.js'
import { isLoopback } from '../net/loopback.js'
import { PersonError } from '../person-error.js'
import { dialectSetting, type DialectSetting } from './dialect-setting.js'
import type { JsonPath } from './jsonc-document.js'
import { parsePlainJson } from './plain-json.js'
import { unknownKeys, type RawTopology, type UnknownKey } from './unknown-keys.js'

/**
 * The address at which others reach a server, the host that it listens on if it is another one, its port for HTTP if it has one, and which program
 * it is, if that is known.
 */
interface ServerEntry extends Address {
  readonly listen?: string | undefined
  readonly http?: number | undefined
  readonly dialect?: DialectSetting | undefined
}

/** The servers, their addresses and their links. */
export interface Topology {
  /** The name of its file, for messages. */
  readonly file: string
  /** The name of the herd, which distinguishes it from others on the same engine. */
  readonly name: string
  /** By name, in the order of the file. */
  readonly servers: ReadonlyMap<string, ServerEntry>
  /** Each link once; it works in both directions. */
  readonly links: readonly (readonly [string, string])[]
  /** Keys of the file that this version ignores. */
  readonly unknownKeys: readonly UnknownKey[]
}

/** A name is a field of an `AT` line and the name of a log file, so it has no white space and no slash. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

/** The longest excerpt of a wrong value in a message. */
const MAX_EXCERPT_CHARACTERS = 60

/** The name of a herd that has none. */
const DEFAULT_NAME = 'default'

/** What a value should be, as the message of a schema. */
function expected(what: string): { error: (issue: { readonly input?: unknown }) => string } {
  return {
    error: ({ input }) => {
      if (input === undefined) return 'is missing'
      const excerpt = JSON.stringify(input).slice(0, MAX_EXCERPT_CHARACTERS)
      return `is ${excerpt}, not ${what}`
    },
  }
}

const HOST = expected('a host in double quotes')
const PORT = expected('a whole number from 0 to 65535')
const HERD_NAME = expected('a name of 1 to 32 letters, digits, "-" and "_" in double quotes')
const ENDS = expected('the names of two servers, such as ["Clark", "Jaquez"]')

const host = z.string(HOST).check(z.minLength(1, HOST))

const port = z.int(PORT).check(z.minimum(0, PORT), z.maximum(65_535, PORT))

const address = z.object(
  {
    host,
    port,
    listen: z.optional(host),
    http: z.optional(port),
    dialect: z.optional(dialectSetting),
  },
  expected('an object with "host" and "port"'),
)

/** A later version may have more keys; they are ignored, with a warning. */
const schema = z.object(
  {
    name: z._default(z.string(HERD_NAME).check(z.regex(/^[A-Za-z0-9_-]{1,32}$/, HERD_NAME)), DEFAULT_NAME),
    servers: z.record(z.string(), address, expected('an object with an entry for each server')),
    links: z.array(z.tuple([z.string(ENDS), z.string(ENDS)], ENDS), expected('a list of links')),
  },
  expected('an object with "servers" and "links"'),
)

/** Something wrong with a topology, and which of its values. */
interface TopologyFault {
  readonly path: JsonPath
  readonly what: string
}

/** The file does not exist. */
export class MissingTopology extends PersonError {}

/** Reads and checks a topology file; `file` is its name in messages. Throws a PersonError that quotes the error. */
export async function readTopology(path: string | URL, file = String(path)): Promise<Topology> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    const hint = 'name a topology file with --topology, or omit the option to use the built-in one'
    const cause = error as NodeJS.ErrnoException
    if (cause.code === 'ENOENT') throw new MissingTopology(`${file} does not exist`, hint)
    throw new PersonError(`${file} cannot be read: ${fileErrorText(cause)}`, hint)
  }
  const text = decode(bytes)
  try {
    return parseTopology(text, file)
  } catch {
    // Loaded only for this, because a server starts sooner without it.
    const { parseJsonc } = await import('./jsonc-document.js')
    const parsed = parseJsonc(text)
    if (parsed.fault !== undefined) throw new PersonError(`${file}:${parsed.fault}`, FORMAT_HINT)
    return topologyOf(parsed.value, (path) => `${file}:${parsed.where(path)}`, file)
  }
}

/** Decodes a file without its byte order mark. Windows PowerShell writes UTF-16. */
function decode(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes)
}

/** Checks a topology in plain JSON; `file` is its name in messages. Throws a PersonError that quotes the errors. */
export function parseTopology(text: string, file: string): Topology {
  const plain = parsePlainJson(text)
  if (!plain) throw new PersonError(`${file}: not plain JSON`, FORMAT_HINT)
  return topologyOf(plain.value, () => file, file)
}

const FORMAT_HINT =
  'a topology is like {"servers": {"Elm": {"host": "127.0.0.1", "port": 12100}, "Oak": {"host": "127.0.0.1", "port": 12101}}, "links": [["Elm", "Oak"]]}'

/** The topology in a parsed file. `where` returns where in the file a value is. Throws a PersonError that quotes the errors. */
function topologyOf(json: unknown, where: (path: JsonPath) => string, file: string): Topology {
  const faulty = (faults: readonly TopologyFault[]): PersonError => {
    const texts = faults.map(({ path, what }) => `${where(path)}: ${what}`)
    return new PersonError(texts.join('; '), FORMAT_HINT)
  }
  const checked = schema.safeParse(json)
  if (!checked.success) throw faulty(checked.error.issues.map(shapeFault))
  const { name, links } = checked.data
  const servers = new Map(Object.entries(checked.data.servers))
  // Zod drops a key "__proto__", so names are checked as they are in the file.
  const raw = json as RawTopology
  const fault = nameFault(Object.keys(raw.servers)) ?? addressFault(servers) ?? linkFault(servers, links)
  if (fault) throw faulty([fault])
  const known = { top: Object.keys(schema.shape), server: Object.keys(address.shape) }
  return { file, name, servers, links, unknownKeys: unknownKeys(raw, known) }
}

/** Whether a text can be the name of a server. */
export function isServerName(text: string): boolean {
  return NAME.test(text)
}

/** The neighbours of a server: the servers it is linked to. */
export function neighboursOf({ links }: Topology, server: string): string[] {
  return links.flatMap(([a, b]) => (a === server ? [b] : b === server ? [a] : []))
}

/**
 * A fingerprint of the name of the herd, its servers and links, in any order, as 8 hexadecimal digits: servers compare it to see whether they have the same topology.
 * It does not cover the addresses, which may differ from host to host.
 */
export function fingerprint({ name, servers, links }: Topology): string {
  const names = [...servers.keys()].sort()
  // Versions without names of herds have the same fingerprint of a herd without one.
  if (name !== DEFAULT_NAME) names.push(`herd:${name}`)
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

/** The port on which a server listens for HTTP; undefined if it has none. */
export function httpPortOf(topology: Topology, server: string): number | undefined {
  return find(topology, server).http
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

function shapeFault({ path, message, code }: z.core.$ZodIssue): TopologyFault {
  const separator = code === 'custom' ? ': ' : ' '
  return { path: path as JsonPath, what: `${valueName(path as JsonPath)}${separator}${lowerFirst(message)}` }
}

/** Which value of a topology a path leads to, in words. */
function valueName([top, entry, ...keys]: JsonPath): string {
  if (top === undefined) return 'the topology'
  if (entry === undefined) return `"${top}"`
  if (top === 'links') return `link ${Number(entry) + 1}`
  return keys.length === 0 ? `"${entry}"` : `"${keys.join('.')}" of "${entry}"`
}

function nameFault(names: readonly string[]): TopologyFault | undefined {
  if (names.length === 0) return { path: ['servers'], what: 'no servers' }
  const invalid = names.find((name) => !isServerName(name))
  if (invalid === undefined) return undefined
  const what = `"${invalid}" is not a valid server name: use at most 64 of A-Z a-z 0-9 _ . -, and begin with a letter or digit`
  return { path: ['servers', invalid], what }
}

function addressFault(servers: ReadonlyMap<string, Address>): TopologyFault | undefined {
  const seen = new Map<string, string>()
  for (const [name, { host, port }] of servers) {
    const at = `${host}:${port}`
    const other = seen.get(at)
    // Port 0 means any free port, so two of them are two ports.
    if (other !== undefined && port !== 0)
      return { path: ['servers', name], what: `"${other}" and "${name}" have the same address, ${at}` }
    seen.set(at, name)
  }
  return undefined
}

function linkFault(
  servers: ReadonlyMap<string, Address>,
  links: Topology['links'],
): TopologyFault | undefined {
  const seen = new Set<string>()
  for (const [index, [a, b]] of links.entries()) {
    const pair = [a, b].sort().join(' ')
    const what = seen.has(pair)
      ? `"${a}" and "${b}" are linked twice: a link works in both directions, so once is enough`
      : endsFault(servers, a, b)
    if (what !== undefined) return { path: ['links', index], what }
    seen.add(pair)
  }
  return undefined
}

function endsFault(servers: ReadonlyMap<string, Address>, a: string, b: string): string | undefined {
  if (a === b) return `"${a}" is linked to itself`
  if (!servers.has(a)) return `"${b}" is linked to "${a}", which is not a server`
  return servers.has(b) ? undefined : `"${a}" is linked to "${b}", which is not a server`
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}

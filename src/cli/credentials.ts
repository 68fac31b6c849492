import type { Security } from '../net/acceptor.js'
import { readHerdKeys, type HerdKeys } from '../net/herd-key.js'
import { expiryWarnings, hostWarnings, type ServedHost } from '../net/certificate-warnings.js'
import { readCertificate } from '../net/read-certificate.js'
import type { Certificate } from '../net/tls.js'
import { readTokens } from '../net/tokens-file.js'
import { Tokens } from '../net/tokens.js'
import { chooseProvider } from '../places/choose-provider.js'
import type { PlacesProvider } from '../places/provider.js'
import type { Herd } from '../server/herd.js'
import { addressOf, neighboursOf, type Topology } from '../topology/topology.js'
import { UsageError } from './exit.js'
import { placesKey, type ServerFlags } from './options.js'
import type { Streams } from './streams.js'

/** A credential that is kept in files and can be read again while servers run. */
export interface Credential {
  /** Its name in messages, such as `herd keys`. */
  readonly name: string
  /**
   * Reads the files again and uses their contents from now on; resolves to warnings. Rejects with a PersonError if they cannot
   * be used; the old credential then stays in use.
   */
  readonly reload: (herd: Herd) => Promise<readonly string[]>
}

/** The credentials that servers are started with. */
interface Credentials {
  readonly security: Security
  readonly provider: PlacesProvider
  /** Undefined if clients need none. */
  readonly tokens: Tokens | undefined
  readonly reloadable: readonly Credential[]
  readonly warnings: readonly string[]
}

/** A digest is a sum of hashes under one key, so a server keeps that key as long as it runs. */
const FIRST_KEY_CHANGED =
  'the first herd key has changed: digests use the old key until a restart, and servers whose digests ' +
  'use different keys are never in sync, so restart every server of the herd'

/** A credential that was read. It has nothing to reload unless it came from a file. */
interface LoadedCredential<T> {
  readonly inUse: T
  readonly warnings: readonly string[]
  readonly reloadable: readonly Credential[]
}

const NOT_GIVEN: LoadedCredential<undefined> = { inUse: undefined, warnings: [], reloadable: [] }

/** The servers whose credentials are read. */
interface ServersToStart {
  readonly topology: Topology
  readonly names: readonly string[]
}

/** Reads the credentials that the options name. Throws a PersonError when one cannot be used. */
export async function readCredentials(
  servers: ServersToStart,
  options: ServerFlags,
  env: Streams['env'],
): Promise<Credentials> {
  const { herdKey, tlsCert, tlsKey, tlsOnly, tokens: tokensFile } = options
  const places = await readPlaces(options, env)
  checkTlsOptions(servers, options)
  const keys = herdKey === undefined ? NOT_GIVEN : await readKeys(herdKey)
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? NOT_GIVEN
      : await readTls(tlsCert, tlsKey, servedHosts(servers))
  const tokens = tokensFile === undefined ? NOT_GIVEN : await readTokensFile(tokensFile)
  const all = [keys, tls, tokens, places]
  return {
    security: { keys: keys.inUse, certificate: tls.inUse, tlsOnly },
    provider: places.inUse,
    tokens: tokens.inUse,
    reloadable: all.flatMap(({ reloadable }) => reloadable),
    warnings: all.flatMap(({ warnings }) => warnings),
  }
}

function checkTlsOptions(
  { topology, names }: ServersToStart,
  { herdKey, tlsCert, tlsKey, tlsOnly }: ServerFlags,
): void {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError('--tls-cert and --tls-key must be given together')
  if (!tlsOnly) return
  if (tlsCert === undefined)
    throw new UsageError('--tls-only needs a certificate', 'give it with --tls-cert and --tls-key')
  const linked = names.find((name) => neighboursOf(topology, name).some((other) => !names.includes(other)))
  if (herdKey === undefined && linked !== undefined)
    throw new UsageError(
      `--tls-only needs --herd-key, because ${linked} has neighbours in other processes, and links use TLS only with a herd key`,
      'make a key with "proxyherd key new" and give it to all servers',
    )
}

async function readKeys(file: string): Promise<LoadedCredential<HerdKeys>> {
  const { keys, warnings } = await readHerdKeys(file)
  const { identity } = keys.first()
  const reload = async (): Promise<readonly string[]> => {
    const fresh = await readHerdKeys(file)
    keys.replaceWith(fresh.keys)
    return keys.first().identity === identity ? fresh.warnings : [...fresh.warnings, FIRST_KEY_CHANGED]
  }
  return { inUse: keys, warnings, reloadable: [{ name: 'herd keys', reload }] }
}

async function readTls(
  certificateFile: string,
  keyFile: string,
  hosts: readonly ServedHost[],
): Promise<LoadedCredential<Certificate>> {
  const read = async (): Promise<{ certificate: Certificate; warnings: readonly string[] }> => {
    const { certificate, chain, warnings } = await readCertificate(certificateFile, keyFile)
    const ofDates = expiryWarnings(certificateFile, chain, Date.now())
    return {
      certificate,
      warnings: [...warnings, ...ofDates, ...hostWarnings(certificateFile, chain[0], hosts)],
    }
  }
  const { certificate, warnings } = await read()
  const reload = async (herd: Herd): Promise<readonly string[]> => {
    const fresh = await read()
    herd.renewCertificate(fresh.certificate)
    return fresh.warnings
  }
  return { inUse: certificate, warnings, reloadable: [{ name: 'TLS certificate', reload }] }
}

async function readTokensFile(file: string): Promise<LoadedCredential<Tokens>> {
  const { entries, warnings } = await readTokens(file)
  const tokens = new Tokens(entries)
  const reload = async (): Promise<readonly string[]> => {
    const fresh = await readTokens(file)
    tokens.replaceWith(fresh.entries)
    return fresh.warnings
  }
  return { inUse: tokens, warnings, reloadable: [{ name: 'tokens', reload }] }
}

/** Where clients reach the servers, which may share a host. */
function servedHosts({ topology, names }: ServersToStart): ServedHost[] {
  const hosts = new Set(names.map((name) => addressOf(topology, name).host))
  return Array.from(hosts, (host) => ({
    host,
    servers: names.filter((name) => addressOf(topology, name).host === host),
    topology: topology.file,
  }))
}

async function readPlaces(
  { places: name, placesUrl: url, placesKeyFile: file }: ServerFlags,
  env: Streams['env'],
): Promise<LoadedCredential<PlacesProvider>> {
  const choose = async (): Promise<{ provider: PlacesProvider; warnings: readonly string[] }> => {
    const { key, warnings } = await placesKey(file, env)
    return { provider: chooseProvider({ name, url, key, env }), warnings }
  }
  const first = await choose()
  let newest = first.provider
  const reload = async (): Promise<readonly string[]> => {
    const fresh = await choose()
    newest = fresh.provider
    return fresh.warnings
  }
  // A new key does not change the kind of provider, so only look-ups need the newest one.
  const inUse: PlacesProvider = { ...newest, nearby: (query, signal) => newest.nearby(query, signal) }
  return {
    inUse,
    warnings: first.warnings,
    reloadable: file === undefined ? [] : [{ name: 'places key', reload }],
  }
}

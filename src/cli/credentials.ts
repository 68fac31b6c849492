import type { Security } from '../net/acceptor.js'
import { readHerdKeys, type HerdKeys } from '../net/herd-key.js'
import { readCertificate, type Certificate } from '../net/tls.js'
import { chooseProvider } from '../places/choose.js'
import type { PlacesProvider } from '../places/provider.js'
import type { Herd } from '../server/herd.js'
import { UsageError } from './exit.js'
import { placesKey, type ServerOptions } from './options.js'
import type { Streams } from './streams.js'

/** A credential that is kept in files and can be read again while servers run. */
export interface Credential {
  /** For a person: `herd keys`. */
  readonly name: string
  /**
   * Reads the files again and uses what they hold from now on; resolves to warnings for a person. Rejects with a PersonError when
   * that cannot be used, and then the old credential stays in use.
   */
  readonly reload: (herd: Herd) => Promise<readonly string[]>
}

/** The credentials that servers are started with. */
export interface Credentials {
  readonly security: Security
  readonly provider: PlacesProvider
  readonly reloadable: readonly Credential[]
  /** For a person. */
  readonly warnings: readonly string[]
}

/** A digest is the sum of hashes that were made with one key, so a server keeps that key for as long as it runs. */
const FIRST_KEY_CHANGED =
  'the first herd key is not the one of the start: digests use the old one until a restart, and servers ' +
  'whose digests use different keys are never in sync, so restart every server of the herd'

/** One credential as it was read. There is nothing to reload if it is in no file. */
interface Read<T> {
  readonly inUse: T
  readonly warnings: readonly string[]
  readonly reloadable: readonly Credential[]
}

const NOT_GIVEN: Read<undefined> = { inUse: undefined, warnings: [], reloadable: [] }

/** Reads the credentials that the options name. Throws a PersonError when one cannot be used. */
export async function readCredentials(options: ServerOptions, env: Streams['env']): Promise<Credentials> {
  const { herdKey, tlsCert, tlsKey } = options
  const places = await readPlaces(options, env)
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError('--tls-cert and --tls-key go together')
  const keys = herdKey === undefined ? NOT_GIVEN : await readKeys(herdKey)
  const tls = tlsCert === undefined || tlsKey === undefined ? NOT_GIVEN : await readTls(tlsCert, tlsKey)
  const all = [keys, tls, places]
  return {
    security: { keys: keys.inUse, certificate: tls.inUse },
    provider: places.inUse,
    reloadable: all.flatMap(({ reloadable }) => reloadable),
    warnings: all.flatMap(({ warnings }) => warnings),
  }
}

async function readKeys(file: string): Promise<Read<HerdKeys>> {
  const { keys, warnings } = await readHerdKeys(file)
  const { identity } = keys.first()
  const reload = async (): Promise<readonly string[]> => {
    const fresh = await readHerdKeys(file)
    keys.replaceWith(fresh.keys)
    return keys.first().identity === identity ? fresh.warnings : [...fresh.warnings, FIRST_KEY_CHANGED]
  }
  return { inUse: keys, warnings, reloadable: [{ name: 'herd keys', reload }] }
}

async function readTls(certificateFile: string, keyFile: string): Promise<Read<Certificate>> {
  const { certificate, warnings } = await readCertificate(certificateFile, keyFile)
  const reload = async (herd: Herd): Promise<readonly string[]> => {
    const fresh = await readCertificate(certificateFile, keyFile)
    herd.renewCertificate(fresh.certificate)
    return fresh.warnings
  }
  return { inUse: certificate, warnings, reloadable: [{ name: 'TLS certificate', reload }] }
}

async function readPlaces(
  { places: name, placesUrl: url, placesKeyFile: file }: ServerOptions,
  env: Streams['env'],
): Promise<Read<PlacesProvider>> {
  const choose = async (): Promise<{ provider: PlacesProvider; warnings: readonly string[] }> => {
    const { key, warnings } = await placesKey(file, env)
    return { provider: chooseProvider({ name, url, key }), warnings }
  }
  const first = await choose()
  let newest = first.provider
  const reload = async (): Promise<readonly string[]> => {
    const fresh = await choose()
    newest = fresh.provider
    return fresh.warnings
  }
  // Another key makes no other kind of provider, so only look-ups need the newest.
  const inUse: PlacesProvider = { ...newest, nearby: (query, signal) => newest.nearby(query, signal) }
  return {
    inUse,
    warnings: first.warnings,
    reloadable: file === undefined ? [] : [{ name: 'places key', reload }],
  }
}

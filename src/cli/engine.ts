import type { EngineLink } from '../engine/engine-link.js'
import type { NatsOptions } from '../engine/nats-broker.js'
import type { EngineParts } from '../engine/open-engine.js'
import type { HerdKeys } from '../net/herd-key.js'
import { readKeyFile } from '../net/key-file.js'
import { PersonError } from '../person-error.js'
import type { Credential } from './credentials.js'
import { UsageError } from './exit.js'
import type { ServerFlags } from './options.js'

/** What a file of NATS credentials begins with. */
const CREDENTIALS_MARK = '-----BEGIN NATS USER JWT-----'

/** The options that name an engine. */
export type EngineFlags = Pick<ServerFlags, 'engine' | 'engineCredentials' | 'engineCa' | 'engineDomain'>

/** The engine that the servers of a process are linked to. */
interface Engine {
  /** Makes the link of a server. */
  readonly open: (parts: EngineParts) => EngineLink
  readonly reloadable: readonly Credential[]
  readonly warnings: readonly string[]
}

/** How to connect to an engine. */
interface EngineAccess extends Pick<NatsOptions, 'servers' | 'domain' | 'access'> {
  readonly reloadable: readonly Credential[]
  readonly warnings: readonly string[]
}

/**
 * Prepares the links to the engine that the options name; undefined if they name none. `herd` is the name of the herd. Throws a PersonError
 * if the files that the options name cannot be used.
 */
export async function readEngine(
  flags: EngineFlags,
  herd: string,
  herdKeys: HerdKeys | undefined,
): Promise<Engine | undefined> {
  const found = await readEngineAccess(flags)
  if (!found) return undefined
  const { servers, domain, access, reloadable, warnings } = found
  const { openEngine } = await import('../engine/open-engine.js')
  const options = { herd, keys: herdKeys?.derivations(), servers, domain, access }
  return { open: (parts) => openEngine(options, parts), reloadable, warnings }
}

/** Reads the files that the options name; undefined if they name no engine. Throws a PersonError if they cannot be used. */
export async function readEngineAccess(flags: EngineFlags): Promise<EngineAccess | undefined> {
  checkFlags(flags)
  const { engine, engineCredentials, engineCa, engineDomain: domain } = flags
  if (!engine) return undefined
  const first = await readAccess(flags)
  let { access } = first
  const reload = async (): Promise<readonly string[]> => {
    const fresh = await readAccess(flags)
    access = fresh.access
    return fresh.warnings
  }
  const hasFiles = engineCredentials !== undefined || engineCa !== undefined
  const reloadable = hasFiles ? [{ name: 'engine credentials', reload }] : []
  return { servers: engine.servers, domain, access: () => access, reloadable, warnings: first.warnings }
}

function checkFlags({ engine, engineCredentials, engineCa, engineDomain }: EngineFlags): void {
  if (!engine && engineCredentials !== undefined) throw new UsageError('--engine-credentials needs --engine')
  if (!engine && engineDomain !== undefined) throw new UsageError('--engine-domain needs --engine')
  if (engine?.isTls !== true && engineCa !== undefined)
    throw new UsageError('--engine-ca needs --engine tls://HOST:PORT')
}

type Access = ReturnType<NatsOptions['access']>

async function readAccess({ engine, engineCredentials, engineCa }: EngineFlags): Promise<{
  access: Access
  warnings: readonly string[]
}> {
  const { authenticator, warnings } = await readCredentials(engineCredentials)
  const ca = engineCa === undefined ? {} : { ca: (await readKeyFile(engineCa)).text }
  const access = { ...(authenticator && { authenticator }), ...(engine?.isTls === true && { tls: ca }) }
  return { access, warnings }
}

async function readCredentials(
  file: string | undefined,
): Promise<{ authenticator: Access['authenticator']; warnings: readonly string[] }> {
  if (file === undefined) return { authenticator: undefined, warnings: [] }
  const { credsAuthenticator, usernamePasswordAuthenticator } = await import('@nats-io/transport-node')
  const { text, warnings } = await readKeyFile(file)
  if (text.includes(CREDENTIALS_MARK))
    return { authenticator: credsAuthenticator(new TextEncoder().encode(text)), warnings }
  const [, user, password] = /^([^:\s]+):(\S+)$/.exec(text.trim()) ?? []
  if (user === undefined)
    throw new PersonError(`${file} holds neither NATS credentials nor one line USER:PASSWORD`)
  return { authenticator: usernamePasswordAuthenticator(user, password), warnings }
}

import * as z from 'zod/mini'
import type { ClientOptions } from '../net/client.js'
import { readKeyFile } from '../net/key-file.js'
import { certificatesIn } from '../net/pem.js'
import { PersonError } from '../person-error.js'
import { MissingTopology, readTopology, type Topology } from '../topology/topology.js'
import { engineAddress } from './engine-address.js'
import { httpAddress, webOrigin } from './http-address.js'
import { UsageError } from './exit.js'
import { memorySize } from './memory-size.js'
import { secondsFlag, wholeFlag } from './number-flags.js'

/** The longest time that a flag takes, about 30 years. */
const MAX_SECONDS = 1_000_000_000

/** Reports that are kept for less may expire on their way through a herd, and while clocks are corrected. */
export const MIN_EXPIRE_SECONDS = 60

/** Timers take no more than 24 days, and nobody waits for so long. */
const MAX_WAIT_SECONDS = 86_400

/** More calls of a places service per minute than any allows. */
const MAX_PER_MINUTE = 999_999_999

/** How long to wait for something, in seconds. */
export const waitSeconds = secondsFlag({ above: 0, most: MAX_WAIT_SECONDS })

/** The options that name an engine. */
export const engineFlags = {
  engine: z.optional(engineAddress),
  engineCredentials: z.optional(z.string()),
  engineCa: z.optional(z.string()),
  engineDomain: z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9_-]+$/, 'is not the name of a JetStream domain')),
  ),
}

/** The options of `serve` and `herd up`. */
export const serverFlags = z.strictObject({
  topology: z.optional(z.string()),
  state: z.string().check(z.minLength(1, 'must not be empty')),
  log: z.enum(['wire', 'clients', 'links']),
  logTo: z._default(z.enum(['files', 'stdout']), 'files'),
  places: z.optional(z.enum(['embedded', 'google', 'google-new', 'osm'])),
  placesUrl: z.optional(z.url({ protocol: /^https?$/, error: 'is not an http or https URL' })),
  placesKeyFile: z.optional(z.string()),
  placesPerMinute: wholeFlag({ least: 0, most: MAX_PER_MINUTE }),
  maxFuture: secondsFlag({ least: 0, most: MAX_SECONDS }),
  expire: z.optional(secondsFlag({ least: MIN_EXPIRE_SECONDS, most: MAX_SECONDS })),
  maxMemory: z.optional(memorySize),
  http: z.optional(httpAddress),
  httpOrigin: z._default(z.array(webOrigin), []),
  tokens: z.optional(z.string()),
  insecureTokens: z._default(z.boolean(), false),
  store: z.boolean(),
  durability: z.enum(['second', 'commit']),
  herdKey: z.optional(z.string()),
  tlsCert: z.optional(z.string()),
  tlsKey: z.optional(z.string()),
  ...engineFlags,
  tlsOnly: z._default(z.boolean(), false),
})

export type ServerFlags = z.infer<typeof serverFlags>

/** Checks options that commander has parsed. Throws a UsageError that quotes the invalid ones. */
export function checkOptions<T>(schema: z.ZodMiniType<T>, options: unknown): T {
  const { success, data, error } = schema.safeParse(options)
  if (success) return data
  const faults = error.issues.map(({ path, message }) => {
    const [name = ''] = path.map(String)
    const value = path.reduce((part, key) => (part as Record<PropertyKey, unknown>)[key], options)
    return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: "${withoutUser(String(value))}" ${message}`
  })
  throw new UsageError(faults.join('; '))
}

/** A text without the user and password that it may have before a host. */
function withoutUser(text: string): string {
  return text.replace(/^([a-z+]*:\/\/)?.*@/s, '$1…@')
}

/** The topology in the named file; without a name, `topology.json` in the current folder, else the built-in one. */
export async function findTopology(file: string | undefined): Promise<Topology> {
  if (file !== undefined) return readTopology(file)
  try {
    return await readTopology('topology.json')
  } catch (error) {
    if (!(error instanceof MissingTopology)) throw error
    return readTopology(new URL('../../topology.json', import.meta.url), 'the built-in topology')
  }
}

/** The TLS options of a client; undefined for none. `ca` is a file with the certificate of the authority that signed the server's. Throws a PersonError if it has none. */
export async function clientTls(tls: boolean, ca: string | undefined): Promise<ClientOptions['tls']> {
  if (ca !== undefined && !tls) throw new UsageError('--ca needs --tls')
  if (!tls || ca === undefined) return tls ? { ca } : undefined
  const { text } = await readKeyFile(ca)
  return { ca: certificatesIn(text, ca).join('') }
}

/** Visible ASCII characters: services choose the form of their keys, but a header can hold nothing else. */
const API_KEY = /^[!-~]+$/

/**
 * The key of the places service, from its file or else from the environment, and warnings. The key must never be shown. Throws a
 * PersonError if the file holds no key.
 */
export async function placesKey(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ key: string | undefined; warnings: string[] }> {
  if (file === undefined) {
    const { GOOGLE_PLACES_API_KEY: key = '' } = env
    return { key: key.trim() || undefined, warnings: [] }
  }
  const { text, warnings } = await readKeyFile(file)
  const key = text.trim()
  if (!API_KEY.test(key)) throw new PersonError(`${file} must hold an API key and nothing else`)
  return { key, warnings }
}

import { z } from 'zod'
import type { ClientOptions } from '../net/client.js'
import { readKeyFile } from '../net/key-file.js'
import { PersonError } from '../person-error.js'
import { MissingTopology, readTopology, type Topology } from '../topology/topology.js'
import { UsageError } from './exit.js'

/** A number of seconds, as typed on a command line. */
export const seconds = z.coerce
  .number('is no number of seconds')
  .min(0, 'is less than 0')
  .max(1e9, 'is too many')

/** A number of seconds to wait for something. A day is longer than anybody does, and timers take no more than 24 days. */
export const wait = seconds.gt(0, 'is no time to wait').max(86_400, 'is longer than a day')

/** What `serve` and `herd up` can be told. */
export const serverOptions = z.strictObject({
  topology: z.string().optional(),
  state: z.string().min(1, 'is no folder'),
  log: z.enum(['wire', 'clients', 'links']),
  places: z.enum(['embedded', 'google', 'google-new', 'osm']).optional(),
  placesUrl: z.url({ protocol: /^https?$/, error: 'is no http or https URL' }).optional(),
  placesKeyFile: z.string().optional(),
  maxFuture: seconds,
  store: z.boolean(),
  durability: z.enum(['second', 'commit']),
  herdKey: z.string().optional(),
  tlsCert: z.string().optional(),
  tlsKey: z.string().optional(),
})

export type ServerOptions = z.infer<typeof serverOptions>

/** Checks what commander has read. Throws a UsageError that quotes the culprits. */
export function checkOptions<T>(schema: z.ZodType<T>, options: unknown): T {
  const { success, data, error } = schema.safeParse(options)
  if (success) return data
  const faults = error.issues.map(({ path, message }) => {
    const name = path.join('.')
    const value = (options as Record<string, unknown>)[name]
    return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: "${String(value)}" ${message}`
  })
  throw new UsageError(faults.join('; '))
}

/** The topology in a file that was named; else `topology.json` here; else the one that ships. */
export async function findTopology(file: string | undefined): Promise<Topology> {
  if (file !== undefined) return readTopology(file)
  try {
    return await readTopology('topology.json')
  } catch (error) {
    if (!(error instanceof MissingTopology)) throw error
    return readTopology(new URL('../../topology.json', import.meta.url), 'the topology that ships')
  }
}

/** How a client is to talk TLS: undefined for not at all, or with the certificate in a file that vouches for the server. */
export async function clientTls(tls: boolean, ca: string | undefined): Promise<ClientOptions['tls']> {
  if (ca !== undefined && !tls) throw new UsageError('--ca goes with --tls')
  return tls ? { ca: ca === undefined ? undefined : (await readKeyFile(ca)).text } : undefined
}

/** Any visible ASCII characters: services choose the form of their keys, but nothing else can be sent in a header. */
const API_KEY = /^[!-~]+$/

/**
 * The key of the places service, from its file or else from the environment, and warnings for a person. The key must never be shown. Throws a
 * PersonError when the file holds no key.
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
  if (!API_KEY.test(key)) throw new PersonError(`${file} must hold an API key, and nothing else`)
  return { key, warnings }
}

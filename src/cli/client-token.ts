import { readKeyFile } from '../net/key-file.js'
import { isLoopback } from '../net/loopback.js'
import type { ServerAccess } from '../net/raw-client.js'
import { isToken } from '../net/tokens.js'
import { PersonError } from '../person-error.js'
import { note, type Streams } from './streams.js'

const HINT = 'make one with "proxyherd token new"'

/**
 * The token that a client shows: in the named file or else in the environment; undefined if there is none. Never in an argument, which every user of the
 * machine can see. Throws a PersonError, which does not show it, if it is not a token.
 */
export async function clientToken(
  file: string | undefined,
  { env, stderr }: Pick<Streams, 'env' | 'stderr'>,
): Promise<string | undefined> {
  if (file === undefined) {
    const token = (env['PROXYHERD_TOKEN'] ?? '').trim()
    if (token !== '' && !isToken(token)) throw new PersonError('PROXYHERD_TOKEN is not a token', HINT)
    return token === '' ? undefined : token
  }
  const { text, warnings } = await readKeyFile(file)
  for (const warning of warnings) note(warning, { stderr })
  const token = text.trim()
  if (!isToken(token)) throw new PersonError(`${file} must hold a token and nothing else`, HINT)
  return token
}

/** Warns if a token goes to a server in a way that others can read. */
export function warnOfExposure(
  servers: readonly Pick<ServerAccess, 'server' | 'address' | 'token' | 'tls' | 'keys'>[],
  streams: Pick<Streams, 'stderr'>,
): void {
  const exposed = servers.find(
    ({ address, token, tls, keys }) => token !== undefined && !tls && !keys && !isLoopback(address.host),
  )
  if (exposed) note(`the token goes to ${exposed.server} without TLS: others on the way can read it`, streams)
}

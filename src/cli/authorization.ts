import type { Security } from '../net/acceptor.js'
import { TokenFailures } from '../net/token-failures.js'
import type { Tokens } from '../net/tokens.js'
import type { Authorization } from '../server/authorization.js'
import { isLocal, type Topology } from '../topology/topology.js'
import { UsageError } from './exit.js'
import type { ServerFlags } from './options.js'
import { hint, note, type Streams } from './streams.js'

/** The servers that clients show tokens to. */
interface ServersWithTokens {
  readonly topology: Topology
  readonly names: readonly string[]
  readonly security: Security
}

/** Makes what decides which clients may do what; undefined without a tokens file. Warns where tokens would be refused. */
export function authorizationOf(
  tokens: Tokens | undefined,
  { topology, names, security }: ServersWithTokens,
  { insecureTokens: allowsPlain }: Pick<ServerFlags, 'insecureTokens'>,
  streams: Streams,
): Authorization | undefined {
  if (!tokens) {
    if (allowsPlain) throw new UsageError('--insecure-tokens needs --tokens')
    return undefined
  }
  const isReachable = names.some((name) => !isLocal(topology, name))
  if (isReachable && !security.certificate && !allowsPlain) {
    note('tokens from other machines are refused, because there is no TLS that protects them', streams)
    hint(
      'give servers a certificate with --tls-cert and --tls-key, or allow it with --insecure-tokens',
      streams,
    )
  }
  return { tokens, failures: new TokenFailures(), allowsPlain }
}

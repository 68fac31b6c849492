import { BlockList, isIP } from 'node:net'
import { isLoopback } from '../net/loopback.js'

// A BlockList also matches other notations of these addresses.
const WILDCARD = new BlockList()
WILDCARD.addAddress('0.0.0.0', 'ipv4')
WILDCARD.addAddress('::', 'ipv6')

/** Labels of letters, digits, hyphens and underscores (RFC 1123, and what is in use), the last not of digits only, which would be a mistyped address. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?!\d+\.?$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i

export type HostKind = 'loopback' | 'own' | 'wildcard' | 'invalid'

/**
 * What kind of host this is: `loopback` is reached from its own machine only, `own` is the address or name of a machine, `wildcard` means all
 * addresses of a machine and can only be listened on, and `invalid` is neither an address nor a name.
 */
export function hostKind(host: string): HostKind {
  const family = isIP(host)
  if (family === 0 && !HOST_NAME.test(host)) return 'invalid'
  if (isLoopback(host)) return 'loopback'
  return family !== 0 && WILDCARD.check(host, family === 4 ? 'ipv4' : 'ipv6') ? 'wildcard' : 'own'
}

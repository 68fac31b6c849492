import { BlockList, isIP } from 'node:net'
import { isLoopback } from '../net/loopback.js'

// Any way of writing them is found.
const WILDCARD = new BlockList()
WILDCARD.addAddress('0.0.0.0', 'ipv4')
WILDCARD.addAddress('::', 'ipv6')

/** Labels of letters, digits, hyphens and underscores (RFC 1123, and what is in use), the last not of digits only: that would be a mistyped address. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?!\d+\.?$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i

export type HostKind = 'loopback' | 'own' | 'wildcard' | 'invalid'

/**
 * From where what listens at `host` is reached: from this machine only, at an address or name of its own, at all of a machine's addresses but by none
 * of them, or not at all, because this is neither an address nor a name.
 */
export function hostKind(host: string): HostKind {
  const family = isIP(host)
  if (family === 0 && !HOST_NAME.test(host)) return 'invalid'
  if (isLoopback(host)) return 'loopback'
  return family !== 0 && WILDCARD.check(host, family === 4 ? 'ipv4' : 'ipv6') ? 'wildcard' : 'own'
}

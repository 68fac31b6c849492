import { BlockList, isIP } from 'node:net'

// The list also matches IPv4 addresses in IPv6 notation, such as ::ffff:127.0.0.1.
const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** The addresses of `localhost`, without asking a resolver (RFC 6761, 6.3). */
export const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'] as const

/** Whether a host is the name `localhost`. */
export function isLocalhost(host: string): boolean {
  return host.toLowerCase() === 'localhost'
}

/** Whether only this machine can reach a listener on `host`, a name or an address. Among names, only `localhost` is certain to be loopback. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return isLocalhost(host)
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

import { BlockList, isIP } from 'node:net'

// IPv6 notation of an IPv4 address, such as ::ffff:127.0.0.1, is found here too.
const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Whether only this machine can reach what listens at `host`, a name or an address. Of names, only `localhost` is sure to stay here. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return host.toLowerCase() === 'localhost'
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
